// The kit: what every screen is built of.
export { AlertDialog, Dialog } from "./dialog";
export { DeleteDialog } from "./delete-dialog";
export { Badge, Empty, Meter, Progress, Skeleton, Trouble } from "./states";
export { Button, IconButton } from "./button";
export { Chart, type Bar } from "./chart";
export { Checkbox, Input, Select, Switch, Textarea } from "./fields";
export { CopyButton } from "./copy";
export { Menu, MenuChoice, MenuItem, MenuLabel, MenuLine } from "./menu";
export { Popover, PopoverClose } from "./popover";
export { Tabs } from "./tabs";
export { Tooltip, TooltipProvider } from "./tooltip";
export { dismiss, toast, Toaster } from "./toast";
export { type Action, useAction } from "./action";
export { type Column, Table } from "./table";
export { Load } from "./load";
export { Panel, Shell } from "./shell";
