// The app: which screen an address leads to, and what is shown when the page itself fails.
import { Component, type ComponentType, lazy, type ReactNode, Suspense, useEffect } from "react";
import { useLocation } from "wouter";
import { useGate } from "./account/gate";
import { useSession } from "./api/session";
import { shortcutOf } from "./chat/shortcuts";
import { ChatScreen } from "./chat/screen";
import { t, useLanguage } from "./i18n";
import { Button, CopyButton, Toaster, toast, TooltipProvider } from "./ui";

const AccountDialogs = lazy(() => import("./account/dialogs"));
const page = <K extends keyof typeof import("./account/pages")>(name: K) => lazy(async () => ({ default: (await import("./account/pages"))[name] as ComponentType }));
/** Screens beside the chat, loaded when they are asked for. */
const SCREENS = new Map<string, ComponentType>(Object.entries({
  "sign-in": page("SignInPage"),
  "sign-up": page("SignUpPage"),
  reset: page("ResetPage"),
  verify: page("VerifyPage"),
  invitation: page("InvitationPage"),
  settings: lazy(() => import("./settings/screen")),
  agents: lazy(() => import("./agents/screen")),
  runs: lazy(() => import("./agents/screen")),
  admin: lazy(() => import("./admin/screen")),
  status: lazy(() => import("./status/screen")),
}));

/** Where shortcuts lead to from everywhere. */
const PLACES = new Map([
  ["settings", "/settings"],
  ["agents", "/agents"],
]);

function Screen() {
  const [path, navigate] = useLocation();
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      const to = PLACES.get(shortcutOf(event) ?? "");
      if (event.defaultPrevented || to === undefined || document.querySelector("dialog[open]")) return;
      event.preventDefault();
      navigate(to);
    };
    addEventListener("keydown", onKeyDown);
    return () => removeEventListener("keydown", onKeyDown);
  }, [navigate]);
  // Stripe sends people back here, whether they bought or not.
  useEffect(() => {
    const outcome = new URLSearchParams(location.search).get("checkout");
    if (outcome === null || location.pathname !== "/") return;
    toast(outcome === "success" ? t("plan.bought") : t("plan.notBought"), { tone: outcome === "success" ? "good" : "plain", ms: 10_000 });
    navigate("/settings/plan", { replace: true });
  }, [navigate]);
  const Other = SCREENS.get(path.split("/")[1] ?? "");
  return Other ? (
    <Suspense>
      <Other />
    </Suspense>
  ) : (
    <ChatScreen />
  );
}

/** The dialogs are loaded once one is wanted. */
function Gates() {
  const gate = useGate();
  const { ended } = useSession();
  return gate || ended ? (
    <Suspense>
      <AccountDialogs />
    </Suspense>
  ) : null;
}

export function App() {
  // Another language draws everything anew; drafts and what is on its way are stored.
  const language = useLanguage();
  return (
    <TooltipProvider key={language}>
      <Screen />
      <Gates />
      <Toaster />
    </TooltipProvider>
  );
}

/** Shows a sentence instead of a white page when the app itself fails. Drafts and unsent messages are stored. */
export class Boundary extends Component<{ children: ReactNode }, { error: unknown }> {
  override state: { error: unknown } = { error: null };

  static getDerivedStateFromError(error: unknown) {
    return { error };
  }

  override render() {
    const { error } = this.state;
    if (error === null) return this.props.children;
    const details = [location.pathname, navigator.userAgent, error instanceof Error ? (error.stack ?? String(error)) : String(error)].join("\n");
    return (
      <div className="gone" role="alert">
        <h2>{t("common.broken")}</h2>
        <p>{t("common.brokenText")}</p>
        <div className="actions">
          <Button size="small" kind="primary" onClick={() => location.reload()}>
            {t("common.reload")}
          </Button>
          <CopyButton text={details} label={t("common.copyDetails")} />
        </div>
      </div>
    );
  }
}
