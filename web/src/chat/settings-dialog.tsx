// The settings of one conversation: its title, what its model is told first, who answers and how.
import { QueryClientProvider, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { api } from "../api";
import { queries } from "../api/query";
import type { Conversation } from "../api/schema";
import { t } from "../i18n";
import { Button, Dialog, Input, Load, Select, Textarea, toast, useAction } from "../ui";
import { list } from "./conversations";
import { isUntitled } from "./log";
import { useModels } from "./models";
import { ParameterFields, PARAMETERS, parametersOf, writtenOf } from "./parameters";

interface Props {
  id: string;
  onClose: () => void;
}

const ConversationSettings = ({ id, onClose }: Props) => (
  <QueryClientProvider client={queries}>
    <Dialog title={t("conversation.settings")} onClose={onClose}>
      <Body id={id} onClose={onClose} />
    </Dialog>
  </QueryClientProvider>
);
export default ConversationSettings;

function Body({ id, onClose }: Props) {
  // Read whenever this opens, and not again while somebody writes.
  const read = useQuery({ queryKey: ["conversation settings", id], queryFn: () => api.get(id), gcTime: 0, staleTime: Number.POSITIVE_INFINITY });
  return <Load from={read}>{(conversation) => <Form conversation={conversation} onClose={onClose} />}</Load>;
}

function Form({ conversation, onClose }: { conversation: Conversation; onClose: () => void }) {
  const { id } = conversation;
  const titled = isUntitled(conversation.title) ? "" : conversation.title;
  const [title, setTitle] = useState(titled);
  const [systemPrompt, setSystemPrompt] = useState(conversation.systemPrompt ?? "");
  const [model, setModel] = useState(conversation.model);
  const [written, setWritten] = useState(writtenOf(conversation.parameters ?? {}));
  const models = useModels().list?.models ?? [];
  const choices = models.map(({ name, title: label }) => ({ value: name, label }));
  if (!models.some(({ name }) => name === conversation.model)) choices.unshift({ value: conversation.model, label: conversation.model });

  const save = useAction(async () => {
    const named = title.trim();
    await api.change(id, {
      // A title that was not touched is not given: whoever names conversations may still do it.
      ...(named && named !== titled ? { title: named } : {}),
      systemPrompt: systemPrompt.trim(),
      ...(model === conversation.model ? {} : { model }),
      parameters: parametersOf(written),
    });
    list.refresh();
    toast(t("common.saved"), { tone: "good" });
    onClose();
  });
  const wrong = (name: string) => save.field(`parameters/${name}`);
  return (
    <form
      className="form"
      data-testid="conversation-form"
      onSubmit={(event) => {
        event.preventDefault();
        void save.run();
      }}
    >
      <Input label={t("side.title")} maxLength={200} placeholder={t("conversation.untitled")} value={title} error={save.field("title")} onChange={({ target }) => setTitle(target.value)} />
      <Textarea
        label={t("conversation.systemPrompt")}
        optional
        rows={5}
        hint={t("conversation.systemPromptHint")}
        value={systemPrompt}
        error={save.field("systemPrompt")}
        onChange={({ target }) => setSystemPrompt(target.value)}
      />
      <Select label={t("conversation.model")} hint={t("conversation.modelHint")} choices={choices} value={model} error={save.field("model")} onChange={({ target }) => setModel(target.value)} />
      <ParameterFields value={written} onChange={setWritten} wrong={wrong} />
      {save.problem("title", "systemPrompt", "model", ...PARAMETERS.map((name) => `parameters/${name}`)) && (
        <p className="form-error" role="alert">
          {save.problem()}
        </p>
      )}
      <div className="dialog-foot">
        <Button onClick={onClose}>{t("common.cancel")}</Button>
        <Button type="submit" kind="primary" busy={save.busy}>
          {t("common.save")}
        </Button>
      </div>
    </form>
  );
}
