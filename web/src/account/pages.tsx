// Pages of their own for signing in and up, and those that letters lead to: /verify, /reset and /invitation.
import { type ReactNode, useEffect, useRef, useState } from "react";
import { useLocation } from "wouter";
import { open } from "../api/client";
import { ApiError } from "../api/problem";
import type { Organization, SignedIn } from "../api/schema";
import { admitted, call, signIn, useSession } from "../api/session";
import { type Key, t } from "../i18n";
import { en } from "../i18n/en";
import { LogoIcon } from "../icons";
import { Button, Input, Skeleton, toast, Trouble, useAction } from "../ui";
import "./account.css";
import { Password } from "./password";
import { SecondFactor, SignInForm } from "./sign-in";
import { SignUpForm } from "./sign-up";

const query = () => new URLSearchParams(location.search);

/** A path of ours to go on to, whatever the address says. */
export function pathOf(next: string | null): string {
  if (!next?.startsWith("/") || /^\/[/\\]/.test(next) || /[\p{Cc}\\]/u.test(next)) return "/";
  return next;
}

function Card({ title, text, children }: { title: string; text?: string | undefined; children?: ReactNode }) {
  useEffect(() => {
    document.title = `${title} · Edgewise`;
  }, [title]);
  return (
    <div className="gate-frame">
      <main className="gate">
        <div className="gate-card">
          <a className="gate-brand" href="/">
            <LogoIcon className="logo" />
            Edgewise
          </a>
          <h1>{title}</h1>
          {text && <p className="soft">{text}</p>}
          {children}
        </div>
      </main>
    </div>
  );
}

/** Signs in, and leaves for the page that was wanted. */
function useEntrance(): [string, (signedIn: SignedIn) => void] {
  const [, navigate] = useLocation();
  const next = pathOf(query().get("next"));
  return [
    next,
    ({ user }) => {
      admitted(user, next);
      navigate(next);
    },
  ];
}

const onward = (path: string, next: string): string => (next === "/" ? path : `${path}?next=${encodeURIComponent(next)}`);

export function SignInPage() {
  const [next, enter] = useEntrance();
  const word = query().get("error");
  const key = `account.error.${word}`;
  const trouble = word ? t((key in en ? key : "account.error.failed") as Key) : null;
  return (
    <Card title={t("account.signInTitle")}>
      <SignInForm next={next} onDone={enter} trouble={trouble} />
      <p className="turn">
        {t("account.noAccount")}{" "}
        <a className="link" href={onward("/sign-up", next)}>
          {t("account.signUp")}
        </a>
      </p>
    </Card>
  );
}

export function SignUpPage() {
  const [next, enter] = useEntrance();
  return (
    <Card title={t("account.signUpTitle")} text={t("account.signUpText")}>
      <SignUpForm next={next} onDone={enter} />
      <p className="turn">
        {t("account.haveAccount")}{" "}
        <a className="link" href={onward("/sign-in", next)}>
          {t("account.signIn")}
        </a>
      </p>
    </Card>
  );
}

export const ResetPage = () => (query().has("code") ? <ResetWithCode /> : <AskReset />);

function AskReset() {
  const [email, setEmail] = useState("");
  const [sent, setSent] = useState(false);
  const ask = useAction(async () => {
    await open("POST /api/auth/reset", { body: { email } });
    setSent(true);
  });
  if (sent) return <Card title={t("account.resetSentTitle")} text={t("account.resetSentText", { email })} />;
  return (
    <Card title={t("account.resetAskTitle")} text={t("account.resetAskText")}>
      <form
        className="form"
        onSubmit={(event) => {
          event.preventDefault();
          void ask.run();
        }}
      >
        {ask.problem("email") && (
          <p className="form-error" role="alert">
            {ask.problem("email")}
          </p>
        )}
        <Input label={t("account.email")} name="email" type="email" autoComplete="email" required value={email} error={ask.field("email")} onChange={(event) => setEmail(event.target.value)} />
        <Button type="submit" kind="primary" busy={ask.busy}>
          {t("account.resetSend")}
        </Button>
      </form>
    </Card>
  );
}

function ResetWithCode() {
  const [, enter] = useEntrance();
  const [password, setPassword] = useState("");
  const [challenge, setChallenge] = useState<string | null>(null);
  const save = useAction(async () => {
    try {
      enter(await open("POST /api/auth/reset/confirm", { body: { code: query().get("code") ?? "", newPassword: password } }));
    } catch (error) {
      if (!(error instanceof ApiError && error.challenge)) throw error;
      setChallenge(error.challenge);
    }
  });
  if (challenge)
    return (
      <Card title={t("account.codeTitle")}>
        <SecondFactor challenge={challenge} onDone={enter} onBack={() => setChallenge(null)} />
      </Card>
    );
  return (
    <Card title={t("account.resetTitle")}>
      <form
        className="form"
        onSubmit={(event) => {
          event.preventDefault();
          void save.run();
        }}
      >
        {save.problem("newPassword") && (
          <p className="form-error" role="alert">
            {save.problem("newPassword")}
          </p>
        )}
        <Password kind="new" value={password} error={save.field("newPassword")} onChange={setPassword} />
        <Button type="submit" kind="primary" busy={save.busy}>
          {t("account.resetDone")}
        </Button>
        {save.error !== null && (
          <a className="link center" href="/reset">
            {t("account.resetSend")}
          </a>
        )}
      </form>
    </Card>
  );
}

export function VerifyPage() {
  const [state, setState] = useState<"busy" | "done" | { error: unknown }>("busy");
  const asked = useRef(false);
  const again = useAction(async () => {
    await call("POST /api/auth/verify/send");
    toast(t("account.verifySent"), { tone: "good" });
  });
  useEffect(() => {
    // A code works once: not for both of StrictMode's runs.
    if (asked.current) return;
    asked.current = true;
    const code = query().get("code");
    if (!code) {
      setState({ error: new ApiError(t("account.noCode"), 422) });
      return;
    }
    open("POST /api/auth/verify", { body: { code } }).then(
      () => setState("done"),
      (error: unknown) => setState({ error }),
    );
  }, []);
  if (state === "busy")
    return (
      <Card title={t("account.verifyTitle")}>
        <Skeleton rows={1} label={t("account.verifyBusy")} />
      </Card>
    );
  if (state === "done")
    return (
      <Card title={t("account.verifiedTitle")} text={t("account.verifiedText")}>
        <a className="button wide" data-kind="primary" href="/">
          {t("account.toChat")}
        </a>
      </Card>
    );
  return (
    <Card title={t("account.verifyFailed")}>
      <div className="form">
        <Trouble error={state.error} />
        {again.problem() && <Trouble error={again.error} />}
        <Button busy={again.busy} onClick={() => void again.run()}>
          {t("account.verifySend")}
        </Button>
      </div>
    </Card>
  );
}

export function InvitationPage() {
  const { user } = useSession();
  const [joined, setJoined] = useState<Organization | null>(null);
  const code = query().get("code");
  const join = useAction(async () => setJoined(await call("POST /api/invitations/accept", { body: { code: code ?? "" } })));
  useEffect(() => {
    void signIn().catch(() => {});
  }, []);
  const here = location.pathname + location.search;
  if (joined)
    return (
      <Card title={t("account.invitationDone", { name: joined.name })} text={t("account.invitationDoneText", { role: joined.role })}>
        <a className="button wide" data-kind="primary" href={`/settings/organizations/${joined.id}`}>
          {t("account.toOrganization")}
        </a>
      </Card>
    );
  const named = user !== null && !user.guest;
  return (
    <Card title={t("account.invitationTitle")} text={named ? t("account.invitationReady", { email: user.email ?? "" }) : t("account.invitationText")}>
      {!code && <Trouble error={new ApiError(t("account.noCode"), 422)} />}
      {join.error !== null && <Trouble error={join.error} />}
      {code && named && (
        <Button kind="primary" className="wide" busy={join.busy} onClick={() => void join.run()}>
          {t("account.invitationJoin")}
        </Button>
      )}
      {code && !named && (
        <>
          <a className="button wide" data-kind="primary" href={onward("/sign-in", here)}>
            {t("account.signIn")}
          </a>
          <a className="button wide" href={onward("/sign-up", here)}>
            {t("account.signUp")}
          </a>
        </>
      )}
    </Card>
  );
}
