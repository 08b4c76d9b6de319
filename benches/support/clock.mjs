// The clock that all processes of the bench share: milliseconds since 1970 with fractions, never going back.
export const now = () => performance.timeOrigin + performance.now();

export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Calls `each` with the time at which the model said it, for every token in `text`. */
export function tokens(text, each) {
  for (let at = text.indexOf("@"); at >= 0; ) {
    const end = text.indexOf(";", at);
    each(Number(text.slice(at + 1, end)));
    at = text.indexOf("@", end);
  }
}
