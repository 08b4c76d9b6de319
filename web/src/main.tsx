// Starts the app.
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App, Boundary } from "./app";
import { resume } from "./chat/chat";
import { startLanguage } from "./i18n";
import { watchVersion } from "./chat/version";
import "./styles.css";
import { startTheme } from "./theme";
import "./ui/kit.css";

startTheme();
await startLanguage();
resume();
watchVersion();

const root = document.getElementById("root");
if (root) {
  createRoot(root).render(
    <StrictMode>
      <Boundary>
        <App />
      </Boundary>
    </StrictMode>,
  );
}
