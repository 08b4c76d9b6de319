// A block of code: its language, colours and line numbers, and copying, wrapping, saving and previewing it.
import { lazy, memo, type ReactNode, Suspense, useEffect, useState } from "react";
import { t } from "../i18n";
import { DownloadIcon, PlayIcon, WrapIcon } from "../icons";
import { download } from "../settings/download";
import { copyRich } from "./actions";
import { CopyButton } from "./copy-button";
import type { Coloured } from "./highlight";
import { previewKind } from "./preview-kind";

const Preview = lazy(() => import("./preview"));

/** From so many lines on they have numbers. */
const NUMBERED_LINES = 10;
/** Colouring more takes longer than anybody waits. */
const COLOURED_CHARS = 60_000;
const SETTLED_MS = 120;

const EXTENSIONS: Record<string, string> = {
  bash: "sh", c: "c", cpp: "cpp", csharp: "cs", css: "css", go: "go", html: "html", java: "java", javascript: "js", js: "js", json: "json", jsx: "jsx", kotlin: "kt", latex: "tex", markdown: "md",
 php: "php", python: "py", py: "py", ruby: "rb", rust: "rs", shell: "sh", sh: "sh", sql: "sql", svg: "svg", swift: "swift", toml: "toml", ts: "ts", tsx: "tsx", typescript: "ts", xml: "xml", yaml: "yaml",
};

/** The name under which a block is saved. */
export const fileName = (language: string): string => `code.${EXTENSIONS[language.toLowerCase()] ?? "txt"}`;

/** The code in colours, once they are there. While it grows, what is new stands plain at its end. */
function useColours(code: string, language: string): ReactNode {
  const [done, setDone] = useState<{ code: string; nodes: Coloured } | null>(null);
  useEffect(() => {
    if (!language || code.length > COLOURED_CHARS) return;
    let gone = false;
    const timer = setTimeout(() => {
      import("./highlight")
        .then(async ({ colour }) => {
          const nodes = await colour(code, language);
          if (!gone && nodes) setDone({ code, nodes });
        })
        // Without colours, too, it is code.
        .catch(() => {});
    }, SETTLED_MS);
    return () => {
      gone = true;
      clearTimeout(timer);
    };
  }, [code, language]);
  if (!done || !code.startsWith(done.code)) return code;
  return [<span key="done">{done.nodes}</span>, code.slice(done.code.length)];
}

export const CodeBlock = memo(function CodeBlock({ code, language }: { code: string; language: string }) {
  const [wrap, setWrap] = useState(false);
  const [preview, setPreview] = useState(false);
  const shown = useColours(code, language.toLowerCase());
  const lines = code.split("\n").length;
  const kind = previewKind(language, code);
  return (
    <figure className="md-code">
      <figcaption>
        <span>{language || "text"}</span>
        <span className="md-tools">
          {kind && (
            <button type="button" className="copy" aria-pressed={preview} onClick={() => setPreview(!preview)}>
              <PlayIcon />
              {preview ? t("chat.code") : t("chat.preview")}
            </button>
          )}
          <button type="button" className="copy bare" aria-label={t("chat.wrap")} title={t("chat.wrap")} aria-pressed={wrap} onClick={() => setWrap(!wrap)}>
            <WrapIcon />
          </button>
          <button type="button" className="copy bare" aria-label={t("chat.saveCode")} title={t("chat.saveCode")} onClick={() => download(fileName(language), "text/plain", code)}>
            <DownloadIcon />
          </button>
          <CopyButton label={t("chat.copyCode")} copy={() => copyRich(code, null)} />
        </span>
      </figcaption>
      {kind && preview ? (
        <Suspense fallback={<div className="preview" />}>
          <Preview kind={kind} source={code} />
        </Suspense>
      ) : (
        // Long lines scroll; the keyboard reaches them.
        <pre tabIndex={0} aria-label={language ? t("chat.codeIn", { language }) : t("chat.code")} role="region" className={wrap ? "wrapped" : undefined}>
          {lines > NUMBERED_LINES && !wrap && (
            <span className="md-lines" aria-hidden="true">
              {Array.from({ length: lines }, (_, at) => at + 1).join("\n")}
            </span>
          )}
          <code>{shown}</code>
        </pre>
      )}
    </figure>
  );
});
