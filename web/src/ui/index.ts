// The kit: what every screen is built of.
export { Button, IconButton } from "./button";
export { Chart, type Bar } from "./chart";
export { CopyButton } from "./copy";
export { AlertDialog, Dialog } from "./dialog";
export { Checkbox, Input, Select, Switch, Textarea } from "./fields";
export { Menu, MenuChoice, MenuItem, MenuLabel, MenuLine } from "./menu";
export { Popover, PopoverClose } from "./popover";
export { Badge, Empty, Meter, Progress, Skeleton, Trouble } from "./states";
export { type Column, Table } from "./table";
export { Tabs } from "./tabs";
export { dismiss, toast, Toaster } from "./toast";
export { Tooltip, TooltipProvider } from "./tooltip";
