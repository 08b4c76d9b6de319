// What it costs to ask an object whether a request may pass, beside asking an object for nothing.
import { read } from "./history.mjs";

/** Microseconds of CPU that the object adds to a request: the path that asks it, less the one that does not. */
export async function hop(side, seconds) {
  const { asked, unasked } = side.hop;
  // The engine compiles what runs often while it runs: that is no part of a hop, on either side.
  for (const path of [asked, unasked]) await read(side, path, seconds);
  const [more, less] = [await read(side, asked, seconds), await read(side, unasked, seconds)];
  return more.cpuPerRequest - less.cpuPerRequest;
}
