// Which blocks of code can be looked at as what they describe.

export type PreviewKind = "html" | "svg";

/** How a block can be previewed, if at all. */
export function previewKind(language: string, code: string): PreviewKind | null {
  const name = language.toLowerCase();
  if (name === "html" || name === "svg") return name;
  return name === "xml" && /^\s*(?:<\?xml[^>]*>\s*)?<svg[\s>]/.test(code) ? "svg" : null;
}
