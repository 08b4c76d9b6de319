// The app: which screen an address leads to, and what is shown when the page itself fails.
import { Component, type ReactNode } from "react";
import { ChatScreen } from "./chat/screen";
import { useLanguage } from "./i18n";
import { Toaster, TooltipProvider } from "./ui";

export function App() {
  // Another language draws everything anew; drafts and what is on its way are stored.
  const language = useLanguage();
  return (
    <TooltipProvider key={language}>
      <ChatScreen />
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
