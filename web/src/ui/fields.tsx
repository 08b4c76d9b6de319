// Fields with a label, a hint and what is wrong with them, tied together for whoever listens instead of looking.
import { Switch as RadixSwitch } from "radix-ui";
import { type InputHTMLAttributes, type ReactNode, type SelectHTMLAttributes, type TextareaHTMLAttributes, useId } from "react";
import { t } from "../i18n";

interface Common {
  label: string;
  hint?: ReactNode;
  error?: string | null | undefined;
  optional?: boolean;
  /** The label is read aloud, but not shown. */
  quiet?: boolean;
}

interface Tied {
  id: string;
  "aria-describedby": string | undefined;
  "aria-invalid": true | undefined;
}

function Frame({ label, hint, error, optional, quiet, children }: Common & { children: (tied: Tied) => ReactNode }) {
  const id = useId();
  const about = [error ? `${id}-error` : "", hint ? `${id}-hint` : ""].filter(Boolean).join(" ");
  return (
    <div className="field">
      <label htmlFor={id} className={quiet ? "sr-only" : undefined}>
        {label}
        {optional && <small> ({t("common.optional")})</small>}
      </label>
      {children({ id, "aria-describedby": about || undefined, "aria-invalid": error ? true : undefined })}
      {error && (
        <p id={`${id}-error`} className="field-error">
          {error}
        </p>
      )}
      {hint && (
        <p id={`${id}-hint`} className="field-hint">
          {hint}
        </p>
      )}
    </div>
  );
}

type InputProps = Common & Omit<InputHTMLAttributes<HTMLInputElement>, "id">;
export const Input = ({ label, hint, error, optional = false, quiet = false, ...rest }: InputProps) => (
  <Frame label={label} hint={hint} error={error} optional={optional} quiet={quiet}>
    {(tied) => <input {...rest} {...tied} className="input" />}
  </Frame>
);

type TextareaProps = Common & Omit<TextareaHTMLAttributes<HTMLTextAreaElement>, "id">;
export const Textarea = ({ label, hint, error, optional = false, quiet = false, ...rest }: TextareaProps) => (
  <Frame label={label} hint={hint} error={error} optional={optional} quiet={quiet}>
    {(tied) => <textarea rows={4} {...rest} {...tied} className="input" />}
  </Frame>
);

type SelectProps = Common & Omit<SelectHTMLAttributes<HTMLSelectElement>, "id"> & { choices: readonly { value: string; label: string }[] };
/** The browser's own: at home on every device, with type-ahead and a screen reader's habits. */
export const Select = ({ label, hint, error, optional = false, quiet = false, choices, ...rest }: SelectProps) => (
  <Frame label={label} hint={hint} error={error} optional={optional} quiet={quiet}>
    {(tied) => (
      <select {...rest} {...tied} className="input select">
        {choices.map((choice) => (
          <option key={choice.value} value={choice.value}>
            {choice.label}
          </option>
        ))}
      </select>
    )}
  </Frame>
);

type CheckProps = { label: ReactNode } & Omit<InputHTMLAttributes<HTMLInputElement>, "type">;
export const Checkbox = ({ label, ...rest }: CheckProps) => (
  <label className="check">
    <input type="checkbox" {...rest} />
    <span>{label}</span>
  </label>
);

interface SwitchProps {
  label: string;
  hint?: string;
  checked: boolean;
  disabled?: boolean;
  onChange: (checked: boolean) => void;
}

export function Switch({ label, hint, checked, disabled = false, onChange }: SwitchProps) {
  const id = useId();
  return (
    <div className="row">
      <div>
        <label htmlFor={id}>{label}</label>
        {hint && <p className="field-hint">{hint}</p>}
      </div>
      <RadixSwitch.Root id={id} className="switch" checked={checked} disabled={disabled} onCheckedChange={onChange}>
        <RadixSwitch.Thumb className="switch-thumb" />
      </RadixSwitch.Root>
    </div>
  );
}
