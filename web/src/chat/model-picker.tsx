// Who shall answer: a button that tells the model, and a list to search with what each can do and costs.
import { Popover } from "radix-ui";
import { type KeyboardEvent, useEffect, useId, useRef, useState } from "react";
import type { ModelForMe } from "../api/schema";
import { t } from "../i18n";
import { CheckIcon, ChevronIcon } from "../icons";
import { badgesOf, matching, priceOf, useModels } from "./models";
import { keysOf } from "./shortcuts";

interface Props {
  /** `null` is the server's own choice. */
  value: string | null;
  open: boolean;
  onOpen: (open: boolean) => void;
  onPick: (name: string) => void;
  onClosed: () => void;
}

export function ModelPicker({ value, open, onOpen, onPick, onClosed }: Props) {
  const { list, failed } = useModels();
  const current = value ?? list?.defaultModel ?? null;
  const title = list?.models.find(({ name }) => name === current)?.title ?? current;
  return (
    <Popover.Root open={open} onOpenChange={onOpen}>
      <Popover.Trigger className="model-button" data-testid="model-picker" aria-label={t("models.current", { name: title ?? "…" })} title={`${t("conversation.model")} (${keysOf("model")})`}>
        <span>{title ?? t("conversation.model")}</span>
        <ChevronIcon />
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Content
          className="model-list"
          side="top"
          align="end"
          sideOffset={10}
          collisionPadding={12}
          aria-label={t("shortcut.model")}
          onCloseAutoFocus={(event) => {
            event.preventDefault();
            onClosed();
          }}
        >
          <ModelSearch
            models={list?.models ?? []}
            current={current}
            failed={failed}
            onPick={(name) => {
              onPick(name);
              onOpen(false);
            }}
          />
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  );
}

interface SearchProps {
  models: readonly ModelForMe[];
  current: string | null;
  failed: boolean;
  onPick: (name: string) => void;
}

/** A search field and what it finds; also for answering once more by another model. */
export function ModelSearch({ models, current, failed, onPick }: SearchProps) {
  const [query, setQuery] = useState("");
  const found = matching(models, query);
  const [at, setAt] = useState(() => Math.max(0, models.findIndex(({ name }) => name === current)));
  const list = useRef<HTMLUListElement>(null);
  const id = useId();
  const active = found[Math.min(at, found.length - 1)];

  useEffect(() => {
    list.current?.querySelector('[data-active="true"]')?.scrollIntoView({ block: "nearest" });
  }, [at, query]);

  const onKeyDown = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && found.length) {
      event.preventDefault();
      setAt((Math.min(at, found.length - 1) + step + found.length) % found.length);
    } else if (event.key === "Enter" && !event.nativeEvent.isComposing) {
      event.preventDefault();
      if (active) onPick(active.name);
    }
  };

  return (
    <>
      <input
        className="model-search"
        role="combobox"
        aria-expanded="true"
        aria-controls={id}
        aria-activedescendant={active ? `${id}-${active.name}` : undefined}
        aria-label={t("models.search")}
        placeholder={t("models.search")}
        value={query}
        onChange={(event) => {
          setQuery(event.target.value);
          setAt(0);
        }}
        onKeyDown={onKeyDown}
      />
      <ul ref={list} id={id} role="listbox" aria-label={t("models.list")}>
        {found.map((model) => (
          <li
            key={model.name}
            id={`${id}-${model.name}`}
            role="option"
            aria-selected={model.name === current}
            data-active={model === active}
            data-testid="model-option"
            onClick={() => onPick(model.name)}
            onPointerMove={() => setAt(found.indexOf(model))}
          >
            <span className="model-name">
              <strong>{model.title}</strong>
              <small>{badgesOf(model).join(" · ") || model.name}</small>
              {priceOf(model) && <small>{priceOf(model)}</small>}
            </span>
            {model.name === current && <CheckIcon />}
          </li>
        ))}
      </ul>
      {!found.length && <p className="model-none">{failed ? t("models.failed") : models.length ? t("models.none") : t("common.loading")}</p>}
    </>
  );
}
