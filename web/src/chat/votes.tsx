// What a reader thinks of an answer, and why it was no good.
import { type FormEvent, useState } from "react";
import { t } from "../i18n";
import { CloseIcon, ThumbIcon } from "../icons";
import type { VoteValue } from "../protocol";
import { Button, IconButton, toast } from "../ui";
import type { Actions } from "./actions";
import type { Row } from "./rows";

const MOST_CHARS = 1_000;

interface Props {
  row: Row;
  actions: Actions;
  onVoted: (value: VoteValue | null) => void;
}

export function Votes({ row: { id, vote }, actions, onVoted }: Props) {
  const choose = (value: VoteValue) => {
    const next = vote === value ? null : value;
    void actions.vote(id, next);
    onVoted(next);
  };
  return (["up", "down"] as const).map((value) => (
    <IconButton
      key={value}
      label={value === "up" ? t("chat.good") : t("chat.bad")}
      size="small"
      aria-pressed={vote === value}
      className={value === "down" ? "flipped" : ""}
      data-testid={`vote-${value}`}
      onClick={() => choose(value)}
    >
      <ThumbIcon />
    </IconButton>
  ));
}

/** Asks why; nobody has to say. */
export function VoteReason({ onSend, onDone }: { onSend: (reason: string) => Promise<boolean>; onDone: () => void }) {
  const [reason, setReason] = useState("");
  const [busy, setBusy] = useState(false);
  const send = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    const heard = await onSend(reason.trim());
    setBusy(false);
    if (!heard) return;
    toast(t("chat.whyThanks"));
    onDone();
  };
  return (
    <form className="vote-reason" onSubmit={(event) => void send(event)}>
      <input className="input" aria-label={t("chat.why")} placeholder={t("chat.why")} maxLength={MOST_CHARS} value={reason} autoFocus data-testid="vote-reason" onChange={(event) => setReason(event.target.value)} />
      <Button size="small" type="submit" busy={busy} disabled={!reason.trim()}>
        {t("chat.whySend")}
      </Button>
      <IconButton label={t("common.close")} size="small" onClick={onDone}>
        <CloseIcon />
      </IconButton>
    </form>
  );
}
