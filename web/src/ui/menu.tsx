// A menu of actions or choices, opened by a button.
import { DropdownMenu as Radix } from "radix-ui";
import type { ReactElement, ReactNode } from "react";
import { CheckIcon } from "../icons";
import { useLayer } from "./layer";

interface MenuProps {
  /** The button that opens it. */
  trigger: ReactElement;
  align?: "start" | "center" | "end";
  side?: "top" | "right" | "bottom" | "left";
  open?: boolean;
  onOpenChange?: (open: boolean) => void;
  children: ReactNode;
}

// Not modal: a modal one writes a style element, which the policy forbids.
export function Menu({ trigger, align = "end", side = "bottom", open, onOpenChange, children }: MenuProps) {
  const container = useLayer();
  return (
    <Radix.Root modal={false} {...(open === undefined ? {} : { open })} {...(onOpenChange ? { onOpenChange } : {})}>
      <Radix.Trigger asChild>{trigger}</Radix.Trigger>
      <Radix.Portal {...(container ? { container } : {})}>
        <Radix.Content className="menu" align={align} side={side} sideOffset={6} collisionPadding={8} loop>
          {children}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}

interface ItemProps {
  icon?: ReactNode;
  shortcut?: string;
  danger?: boolean;
  disabled?: boolean;
  onSelect: () => void;
  children: ReactNode;
  testId?: string;
}

export function MenuItem({ icon, shortcut, danger = false, disabled = false, onSelect, children, testId }: ItemProps) {
  return (
    <Radix.Item className="menu-item" data-danger={danger || undefined} data-testid={testId} disabled={disabled} onSelect={onSelect}>
      {icon}
      <span className="menu-text">{children}</span>
      {shortcut && <kbd>{shortcut}</kbd>}
    </Radix.Item>
  );
}

interface ChoiceProps<T extends string> {
  value: T;
  choices: readonly { value: T; label: ReactNode }[];
  onChange: (value: T) => void;
}

/** Items of which one is chosen. */
export function MenuChoice<T extends string>({ value, choices, onChange }: ChoiceProps<T>) {
  return (
    <Radix.RadioGroup value={value} onValueChange={(next) => onChange(next as T)}>
      {choices.map((choice) => (
        <Radix.RadioItem key={choice.value} value={choice.value} className="menu-item">
          <span className="menu-text">{choice.label}</span>
          <Radix.ItemIndicator>
            <CheckIcon />
          </Radix.ItemIndicator>
        </Radix.RadioItem>
      ))}
    </Radix.RadioGroup>
  );
}

export const MenuLabel = ({ children }: { children: ReactNode }) => <Radix.Label className="menu-label">{children}</Radix.Label>;
export const MenuLine = () => <Radix.Separator className="menu-line" />;
