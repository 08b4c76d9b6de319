// An answer: what the model thought and said, how it ended, and what can be done about it.
import { Popover } from "radix-ui";
import { Fragment, memo, useState } from "react";
import { money, number, t } from "../i18n";
import { AlertIcon, ChevronIcon, DownIcon, MoreIcon, RetryIcon, SpeakerIcon, SwitchIcon, TrashIcon } from "../icons";
import { IconButton, Menu, MenuItem } from "../ui";
import type { Actions } from "./actions";
import { CopyMessage, timeOf, Versions } from "./actions";
import { Markdown, wordsOf } from "./markdown";
import { ModelSearch } from "./model-picker";
import { useModels } from "./models";
import { type Row, sameRow } from "./rows";
import { canSpeak, hush, speak, useSpeaking } from "./speech";
import { Tools } from "./tools";
import { VoteReason, Votes } from "./votes";

interface Props {
  row: Row;
  actions: Actions;
}

export const Answer = memo(
  function Answer({ row, actions }: Props) {
    const { id, text, status, seq, error, reasoning, seams } = row;
    const growing = status === "running";
    const [asking, setAsking] = useState(false);
    return (
      <article
        className="message answer"
        data-testid="message"
        data-role="assistant"
        data-status={status}
        data-seq={seq ?? undefined}
        data-id={id}
        aria-busy={growing}
      >
        <h2 className="sr-only">{t("chat.assistant")}</h2>
        {reasoning && <Reasoning text={reasoning} thoughtMs={row.thoughtMs} thinking={growing && !text} />}
        <Tools tools={row.tools} onDecide={actions.decide} onOpen={actions.openArtifact} />
        {growing && !text && !reasoning && !row.tools.length && <p className="thinking">{t("chat.thinking")}</p>}
        <div className={growing ? "md growing" : "md"} data-testid="message-text" hidden={!text}>
          <Markdown text={text} partial={status !== "completed"} />
        </div>
        {seams.map(({ at, provider, model, reason }) => (
          <p key={`${at}${provider}${model}`} className="note seam" data-testid="seam">
            <SwitchIcon />
            <span>{t("chat.seam", { model, reason: t(`chat.seam.${reason}`) })}</span>
          </p>
        ))}
        <Ending row={row} actions={actions} error={error} />
        {!growing && (
          <div className="message-actions">
            {text && <CopyMessage text={text} label={t("chat.copyAnswer")} rich />}
            <IconButton label={t("chat.again")} size="small" data-testid="regenerate" onClick={() => actions.again(id, null)}>
              <RetryIcon />
            </IconButton>
            <AnotherModel row={row} actions={actions} />
            {text && <Votes row={row} actions={actions} onVoted={(value) => setAsking(value === "down")} />}
            <More row={row} actions={actions} />
            <Hush id={id} />
            <Versions row={row} onChoose={actions.choose} />
            <Meta row={row} />
          </div>
        )}
        {asking && <VoteReason onDone={() => setAsking(false)} onSend={(reason) => actions.vote(id, "down", reason)} />}
        {row.suggestions.length > 0 && <Suggestions texts={row.suggestions} onPick={actions.ask} />}
      </article>
    );
  },
  (a, b) => a.actions === b.actions && sameRow(a.row, b.row),
);

const Suggestions = ({ texts, onPick }: { texts: readonly string[]; onPick: (text: string) => void }) => (
  <ul className="follow-ups" aria-label={t("welcome.suggestions")}>
    {texts.map((text) => (
      <li key={text}>
        <button type="button" data-testid="follow-up" onClick={() => onPick(text)}>
          {text}
        </button>
      </li>
    ))}
  </ul>
);

function Reasoning({ text, thoughtMs, thinking }: { text: string; thoughtMs: number | null; thinking: boolean }) {
  const [open, setOpen] = useState(false);
  const seconds = thoughtMs === null ? 0 : Math.max(1, Math.round(thoughtMs / 1000));
  return (
    <details className="reasoning" data-testid="reasoning" open={open} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>
        <span className={thinking ? "thinking" : undefined}>
          {thinking ? t("chat.thinking") : seconds ? t("chat.thoughtFor", { seconds }) : t("chat.thought")}
        </span>
        <ChevronIcon />
      </summary>
      {open && (
        <div className="md">
          <Markdown text={text} partial={thinking} />
        </div>
      )}
    </details>
  );
}

function Ending({ row: { id, text, status, finishReason }, actions, error }: Props & { error: string | null }) {
  const retry = (
    <button type="button" className="link" onClick={() => actions.again(id, null)}>
      {t("chat.retry")}
    </button>
  );
  const more = (
    <button type="button" className="link" data-testid="continue" onClick={() => actions.goOn(id)}>
      {t("chat.continue")}
    </button>
  );
  if (status === "stopped") {
    return (
      <p className="note">
        <span>{t("chat.stopped")}</span>
        {text && more}
      </p>
    );
  }
  if (status === "superseded") return <p className="note">{t("chat.superseded")}</p>;
  if (status === "failed") {
    return (
      <p className="note failed" role="alert">
        <AlertIcon />
        <span>{t("chat.failed", { error: error || t("chat.unfinished") })}</span>
        {retry}
        {text && more}
      </p>
    );
  }
  if (status === "completed" && (finishReason === "length" || finishReason === "content-filter")) {
    return (
      <p className="note">
        <span>{finishReason === "length" ? t("chat.cutByLength") : t("chat.filtered")}</span>
        {finishReason === "length" && more}
      </p>
    );
  }
  return null;
}

function Hush({ id }: { id: string }) {
  if (!useSpeaking(id)) return null;
  return (
    <IconButton label={t("chat.hush")} size="small" aria-pressed data-testid="hush" onClick={hush}>
      <SpeakerIcon />
    </IconButton>
  );
}

function More({ row: { id, text }, actions }: Props) {
  const trigger = (
    <button type="button" className="icon-button small" aria-label={t("chat.more")} data-testid="more">
      <MoreIcon />
    </button>
  );
  return (
    <Menu trigger={trigger} side="top" align="start">
      {text && canSpeak() && (
        <MenuItem icon={<SpeakerIcon />} testId="read-aloud" onSelect={() => speak(id, wordsOf(text))}>
          {t("chat.readAloud")}
        </MenuItem>
      )}
      <MenuItem icon={<DownIcon />} testId="fork" onSelect={() => actions.fork(id)}>
        {t("chat.fork")}
      </MenuItem>
      <MenuItem icon={<TrashIcon />} danger testId="delete-message" onSelect={() => actions.remove(id)}>
        {t("chat.delete")}
      </MenuItem>
    </Menu>
  );
}

/** Who answered, when, and what it took. */
function Meta({ row: { model, usage, createdAt } }: { row: Row }) {
  const title = useModels().list?.models.find(({ name }) => name === model)?.title ?? model;
  const tokens = usage ? usage.inputTokens + usage.outputTokens : 0;
  const details = usage ? `${number(usage.inputTokens)} → ${number(usage.outputTokens)}` : undefined;
  return (
    <span className="message-meta" data-testid="message-meta" title={details}>
      {[title, timeOf(createdAt), tokens ? t("chat.tokens", { count: tokens }) : null, usage?.costMicroUsd ? money(usage.costMicroUsd) : null].filter(Boolean).map((part, at) => (
        <Fragment key={`${at}`}>
          {at > 0 && " · "}
          <bdi>{part}</bdi>
        </Fragment>
      ))}
    </span>
  );
}

function AnotherModel({ row: { id, model }, actions }: Props) {
  const [open, setOpen] = useState(false);
  return (
    <Popover.Root open={open} onOpenChange={setOpen}>
      <Popover.Trigger className="icon-button small" aria-label={t("chat.againWith")} title={t("chat.againWith")} data-testid="regenerate-with">
        <ChevronIcon />
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Content className="model-list" side="top" align="start" sideOffset={6} collisionPadding={12} aria-label={t("chat.againWith")}>
          <Choice
            current={model}
            onPick={(name) => {
              setOpen(false);
              actions.again(id, name);
            }}
          />
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  );
}

function Choice({ current, onPick }: { current: string | null; onPick: (name: string) => void }) {
  const { list, failed } = useModels();
  return <ModelSearch models={list?.models ?? []} current={current} failed={failed} onPick={onPick} />;
}
