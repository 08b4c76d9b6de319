// Builds the app into dist/. Nothing is inlined: the Content-Security-Policy allows neither data: URLs nor inline code.
import tailwindcss from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

// `npm run dev` passes API calls on to a Worker that runs beside it.
const backend = "http://127.0.0.1:8787";

export default defineConfig({
  plugins: [react(), tailwindcss()],
  build: {
    target: "es2023",
    // light-dark() as it is.
    cssTarget: ["chrome123", "safari17.5", "firefox121"],
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  server: {
    proxy: { "/api": { target: backend, ws: true, changeOrigin: true, rewriteWsOrigin: true, headers: { origin: backend } } },
  },
  test: { environment: "jsdom", include: ["tests/**/*.test.{ts,tsx}"] },
});
