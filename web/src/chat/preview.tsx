// What a piece of HTML or SVG looks like: in a frame without our origin, which may reach nothing, and only when asked.
import { useEffect, useRef, useState } from "react";
import { t } from "../i18n";
import { useTheme } from "../theme";
import type { PreviewKind } from "./preview-kind";

const MIN_PX = 120;
const MAX_PX = 560;

interface Props {
  kind: PreviewKind;
  source: string;
}

export default function Preview(props: Props) {
  const theme = useTheme();
  // A frame that has shown something is not asked again: another text, another frame, which is not ready yet.
  return <Frame key={`${props.kind}${theme}${props.source}`} theme={theme} {...props} />;
}

function Frame({ kind, source, theme }: Props & { theme: ReturnType<typeof useTheme> }) {
  const frame = useRef<HTMLIFrameElement>(null);
  const [ready, setReady] = useState(false);
  const [height, setHeight] = useState(280);
  const [failed, setFailed] = useState<string | null>(null);

  useEffect(() => {
    const hear = ({ source: from, data }: MessageEvent) => {
      if (from !== frame.current?.contentWindow || typeof data !== "object" || data === null) return;
      const { ready: isReady, height: wanted, error } = data as { ready?: unknown; height?: unknown; error?: unknown };
      if (isReady === true) setReady(true);
      if (typeof wanted === "number" && Number.isFinite(wanted)) setHeight(Math.min(MAX_PX, Math.max(MIN_PX, Math.ceil(wanted))));
      if (typeof error === "string") setFailed(error.slice(0, 300));
    };
    addEventListener("message", hear);
    return () => removeEventListener("message", hear);
  }, []);

  useEffect(() => {
    // The frame has no origin that could be named.
    if (ready) frame.current?.contentWindow?.postMessage({ kind, source, theme }, "*");
  }, [ready, kind, source, theme]);

  return (
    <>
      <iframe
        ref={frame}
        className="preview"
        title={t("chat.preview")}
        src="/frame/preview"
        sandbox="allow-scripts"
        referrerPolicy="no-referrer"
        style={{ height }}
      />
      {failed && (
        <p className="note failed" role="alert">
          {t("chat.previewFailed", { error: failed })}
        </p>
      )}
    </>
  );
}
