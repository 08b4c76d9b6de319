// Colours for code, loaded when there is some. The highlighter's tree becomes elements; its HTML is not used.
import hljs from "highlight.js/lib/common";
import type { ReactNode } from "react";

export type Coloured = ReactNode;

interface Branch {
  scope?: string;
  children: (Branch | string)[];
}

/** `hljs-title function_` for `title.function`, as the highlighter's own style sheets have it. */
function classOf(scope: string): string {
  const [first = "", ...rest] = scope.split(".");
  return [`hljs-${first}`, ...rest.map((part, at) => part + "_".repeat(at + 1))].join(" ");
}

function nodes(branch: Branch): ReactNode[] {
  return branch.children.map((child, key) => {
    if (typeof child === "string") return child;
    const inner = nodes(child);
    return (
      <span key={key} className={child.scope ? classOf(child.scope) : undefined}>
        {inner}
      </span>
    );
  });
}

/** The code in colours; `null` of a language that is not known. */
export async function colour(code: string, language: string): Promise<Coloured | null> {
  if (!hljs.getLanguage(language)) return null;
  const { _emitter } = hljs.highlight(code, { language, ignoreIllegals: true });
  return nodes((_emitter as unknown as { rootNode: Branch }).rootNode);
}
