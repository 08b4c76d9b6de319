// Starts the app.
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App, Boundary } from "./app";
import { resume } from "./chat/chat";
import "./styles.css";
import { startTheme } from "./theme";

startTheme();
resume();

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
