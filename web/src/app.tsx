// The app: which screen an address leads to, and what is shown when the page itself fails.
import { Component, type ComponentType, lazy, type ReactNode, Suspense, useEffect } from "react";
import { useLocation } from "wouter";
import { useGate } from "./account/gate";
import { useSession } from "./api/session";
import { ChatScreen } from "./chat/screen";
import { useLanguage } from "./i18n";
import { Toaster, TooltipProvider } from "./ui";

const AccountDialogs = lazy(() => import("./account/dialogs"));
const page = <K extends keyof typeof import("./account/pages")>(name: K) => lazy(async () => ({ default: (await import("./account/pages"))[name] as ComponentType }));
/** Screens beside the chat, loaded when they are asked for. */
const SCREENS: Record<string, ComponentType> = {
  "sign-in": page("SignInPage"),
  "sign-up": page("SignUpPage"),
  reset: page("ResetPage"),
  verify: page("VerifyPage"),
  invitation: page("InvitationPage"),
  settings: lazy(() => import("./settings/screen")),
  admin: lazy(() => import("./admin/screen")),
  status: lazy(() => import("./status/screen")),
};

function Screen() {
  const [path, navigate] = useLocation();
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.key !== "." || !(event.ctrlKey || event.metaKey) || event.altKey || document.querySelector("dialog[open]")) return;
      event.preventDefault();
      navigate("/settings");
    };
    addEventListener("keydown", onKeyDown);
    return () => removeEventListener("keydown", onKeyDown);
  }, [navigate]);
  const Other = SCREENS[path.split("/")[1] ?? ""];
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
    if (this.state.error === null) return this.props.children;
    return (
      <div className="gone" role="alert">
        <h2>Something broke on this page</h2>
        <p>Your messages and drafts are safe.</p>
        <button type="button" className="button" onClick={() => location.reload()}>
          Reload
        </button>
      </div>
    );
  }
}
