// A small panel beside the button that opens it.
import { Popover as Radix } from "radix-ui";
import type { ReactElement, ReactNode } from "react";
import { useLayer } from "./layer";

interface PopoverProps {
  trigger: ReactElement;
  /** What it is, read aloud. */
  label: string;
  align?: "start" | "center" | "end";
  side?: "top" | "right" | "bottom" | "left";
  open?: boolean;
  onOpenChange?: (open: boolean) => void;
  className?: string;
  children: ReactNode;
}

export function Popover({ trigger, label, align = "start", side = "bottom", open, onOpenChange, className = "", children }: PopoverProps) {
  const container = useLayer();
  return (
    <Radix.Root {...(open === undefined ? {} : { open })} {...(onOpenChange ? { onOpenChange } : {})}>
      <Radix.Trigger asChild>{trigger}</Radix.Trigger>
      <Radix.Portal {...(container ? { container } : {})}>
        <Radix.Content className={`popover ${className}`} aria-label={label} align={align} side={side} sideOffset={6} collisionPadding={8}>
          {children}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}

export const PopoverClose = Radix.Close;
