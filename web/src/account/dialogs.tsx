// Signing in without leaving the page: when a person asks to, and when their session has ended under them.
import { admitted, becomeGuest, useSession } from "../api/session";
import { t } from "../i18n";
import { Button, Dialog } from "../ui";
import "./account.css";
import { openGate, useGate } from "./gate";
import { SignInForm } from "./sign-in";
import { SignUpForm } from "./sign-up";

export default function AccountDialogs() {
  const gate = useGate();
  const { ended } = useSession();
  const next = location.pathname + location.search;
  if (ended)
    return (
      <Dialog title={t("account.endedTitle")} description={t("account.endedText")} onClose={null} size="small">
        <SignInForm next={next} onDone={({ user }) => admitted(user)} />
        <Button kind="quiet" className="wide" onClick={becomeGuest}>
          {t("account.asGuest")}
        </Button>
      </Dialog>
    );
  if (!gate) return null;
  const close = () => openGate(null);
  const done = ({ user }: { user: Parameters<typeof admitted>[0] }) => {
    admitted(user);
    close();
  };
  if (gate === "sign-in")
    return (
      <Dialog title={t("account.signInTitle")} onClose={close} size="small">
        <SignInForm next={next} onDone={done} />
        <p className="turn">
          {t("account.noAccount")}{" "}
          <button type="button" className="link" onClick={() => openGate("sign-up")}>
            {t("account.signUp")}
          </button>
        </p>
      </Dialog>
    );
  return (
    <Dialog title={t("account.signUpTitle")} description={t("account.signUpText")} onClose={close} size="small">
      <SignUpForm next={next} onDone={done} />
      <p className="turn">
        {t("account.haveAccount")}{" "}
        <button type="button" className="link" onClick={() => openGate("sign-in")}>
          {t("account.signIn")}
        </button>
      </p>
    </Dialog>
  );
}
