// The button above a conversation that opens its dialog for sharing and export, which is loaded then.
import { lazy, Suspense, useState } from "react";
import { t } from "../i18n";
import { ShareIcon } from "../icons";
import { IconButton } from "../ui";

const ShareDialog = lazy(() => import("./dialog"));

export function ShareButton({ conversationId }: { conversationId: string }) {
  const [open, setOpen] = useState(false);
  return (
    <>
      <IconButton label={t("share.open")} data-testid="share" onClick={() => setOpen(true)}>
        <ShareIcon />
      </IconButton>
      {open && (
        <Suspense>
          <ShareDialog conversationId={conversationId} onClose={() => setOpen(false)} />
        </Suspense>
      )}
    </>
  );
}
