// Signing in: with a password and, where one is set up, a code; with an account elsewhere; with a passkey.
import { useEffect, useState } from "react";
import { open } from "../api/client";
import { passkeysWork, signInWithPasskey } from "../api/passkeys";
import { ApiError } from "../api/problem";
import type { Provider, SignedIn } from "../api/schema";
import { known } from "../api/session";
import { t } from "../i18n";
import { Button, Input, useAction } from "../ui";
import { Password } from "./password";

interface Props {
  /** Where a provider sends the browser back to. */
  next: string;
  onDone: (signedIn: SignedIn) => void;
  /** A sentence on why the last attempt elsewhere failed. */
  trouble?: string | null;
}

export function SignInForm({ next, onDone, trouble = null }: Props) {
  const [email, setEmail] = useState(known()?.email ?? "");
  const [password, setPassword] = useState("");
  const [challenge, setChallenge] = useState<string | null>(null);
  const signIn = useAction(async () => {
    try {
      onDone(await open("POST /api/auth/login", { body: { email, password } }));
    } catch (error) {
      if (!(error instanceof ApiError && error.challenge)) throw error;
      setChallenge(error.challenge);
    }
  });

  if (challenge) return <SecondFactor challenge={challenge} onDone={onDone} onBack={() => setChallenge(null)} />;
  const problem = signIn.problem("email", "password") ?? trouble;
  return (
    <>
      <form
        className="form"
        data-testid="sign-in-form"
        onSubmit={(event) => {
          event.preventDefault();
          void signIn.run();
        }}
      >
        {problem && (
          <p className="form-error" role="alert">
            {problem}
          </p>
        )}
        <Input
          label={t("account.email")}
          name="email"
          type="email"
          autoComplete="username webauthn"
          required
          autoFocus={!email}
          value={email}
          error={signIn.field("email")}
          onChange={(event) => setEmail(event.target.value)}
        />
        <Password kind="current" value={password} error={signIn.field("password")} onChange={setPassword} />
        <Button type="submit" kind="primary" busy={signIn.busy}>
          {t("account.signIn")}
        </Button>
        <a className="link center" href="/reset">
          {t("account.forgot")}
        </a>
      </form>
      <OtherWays next={next} onDone={onDone} />
    </>
  );
}

/** The code that a right password still lacks. */
export function SecondFactor({ challenge, onDone, onBack }: { challenge: string; onDone: (signedIn: SignedIn) => void; onBack: () => void }) {
  const [code, setCode] = useState("");
  const enter = useAction(async () => onDone(await open("POST /api/auth/login/second", { body: { challenge, code: code.trim() } })));
  return (
    <form
      className="form"
      data-testid="second-factor"
      onSubmit={(event) => {
        event.preventDefault();
        void enter.run();
      }}
    >
      <p className="soft">{t("account.codeText")}</p>
      {enter.problem("code") && (
        <p className="form-error" role="alert">
          {enter.problem("code")}
        </p>
      )}
      <Input
        label={t("account.code")}
        name="code"
        autoComplete="one-time-code"
        autoCapitalize="none"
        spellCheck={false}
        required
        autoFocus
        value={code}
        error={enter.field("code")}
        onChange={(event) => setCode(event.target.value)}
      />
      <Button type="submit" kind="primary" busy={enter.busy}>
        {t("account.continue")}
      </Button>
      <Button kind="quiet" onClick={onBack}>
        {t("account.back")}
      </Button>
    </form>
  );
}

/** Accounts elsewhere, as far as they are set up here, and passkeys, as far as the browser knows them. */
export function OtherWays({ next, onDone }: { next: string; onDone: (signedIn: SignedIn) => void }) {
  const [providers, setProviders] = useState<readonly Provider[]>([]);
  const [refused, setRefused] = useState<string | null>(null);
  const passkey = useAction(async () => {
    setRefused(null);
    try {
      onDone(await signInWithPasskey());
    } catch (error) {
      if (error instanceof ApiError) throw error;
      setRefused(t("account.passkeyFailed"));
    }
  });
  useEffect(() => {
    const asked = new AbortController();
    // Without an answer there is still the password.
    open("GET /api/auth/providers", { signal: asked.signal }).then(
      (list) => setProviders(list.providers),
      () => {},
    );
    return () => asked.abort();
  }, []);

  const problem = refused ?? passkey.problem();
  if (providers.length === 0 && !passkeysWork()) return null;
  return (
    <div className="other-ways">
      <p className="or">{t("account.or")}</p>
      {providers.map(({ id, name }) => (
        <a key={id} className="button" href={`/api/auth/oauth/${encodeURIComponent(id)}?next=${encodeURIComponent(next)}`}>
          {t("account.continueWith", { name })}
        </a>
      ))}
      {passkeysWork() && (
        <Button busy={passkey.busy} onClick={() => void passkey.run()}>
          {t("account.passkey")}
        </Button>
      )}
      {problem && (
        <p className="form-error" role="alert">
          {problem}
        </p>
      )}
    </div>
  );
}
