// Asks for what a prompt leaves open, before it is put into the message box.
import { useState } from "react";
import type { Prompt } from "../api/schema";
import { t } from "../i18n";
import { filled } from "../library";
import { Button, Dialog, Textarea } from "../ui";

interface Props {
  prompt: Prompt;
  onInsert: (text: string) => void;
  onClose: () => void;
}

export default function PromptDialog({ prompt, onInsert, onClose }: Props) {
  const [values, setValues] = useState<Readonly<Record<string, string>>>({});
  return (
    <Dialog title={prompt.title} size="small" onClose={onClose}>
      <form
        className="form"
        onSubmit={(event) => {
          event.preventDefault();
          onInsert(filled(prompt.text, values));
        }}
      >
        {prompt.variables.map((name, at) => (
          <Textarea key={name} label={name} rows={2} autoFocus={at === 0} value={values[name] ?? ""} onChange={({ target }) => setValues({ ...values, [name]: target.value })} />
        ))}
        <Button type="submit" kind="primary">
          {t("prompts.insert")}
        </Button>
      </form>
    </Dialog>
  );
}
