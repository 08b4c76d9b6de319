// An account with a name; a guest's conversations become its own.
import { useState } from "react";
import { open } from "../api/client";
import type { SignedIn } from "../api/schema";
import { t } from "../i18n";
import { Button, Input, useAction } from "../ui";
import { Password } from "./password";
import { OtherWays } from "./sign-in";

export function SignUpForm({ next, onDone }: { next: string; onDone: (signedIn: SignedIn) => void }) {
  const [name, setName] = useState("");
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const signUp = useAction(async () => {
    onDone(await open("POST /api/auth/signup", { body: { email, password, ...(name.trim() ? { name: name.trim() } : {}) } }));
  });
  const problem = signUp.problem("name", "email", "password");
  return (
    <>
      <form
        className="form"
        data-testid="sign-up-form"
        onSubmit={(event) => {
          event.preventDefault();
          void signUp.run();
        }}
      >
        {problem && (
          <p className="form-error" role="alert">
            {problem}
          </p>
        )}
        <Input label={t("account.name")} name="name" autoComplete="name" optional maxLength={100} value={name} error={signUp.field("name")} onChange={(event) => setName(event.target.value)} />
        <Input
          label={t("account.email")}
          name="email"
          type="email"
          autoComplete="email"
          required
          value={email}
          error={signUp.field("email")}
          onChange={(event) => setEmail(event.target.value)}
        />
        <Password label={t("account.password")} kind="new" value={password} error={signUp.field("password")} onChange={setPassword} />
        <Button type="submit" kind="primary" busy={signUp.busy}>
          {t("account.signUp")}
        </Button>
      </form>
      <OtherWays next={next} onDone={onDone} />
    </>
  );
}
