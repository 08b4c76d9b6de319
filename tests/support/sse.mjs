// Server-sent events of a fetch response, one by one, with comments and ids kept.
import { within } from "./wait.mjs";

/** Yields `{id, event, data, comments}` for each event; stops at the end of the body. */
export async function* sse(response) {
  let rest = "";
  let comments = [];
  for await (const piece of response.body.pipeThrough(new TextDecoderStream())) {
    rest += piece;
    for (let end; (end = rest.indexOf("\n\n")) >= 0; rest = rest.slice(end + 2)) {
      const fields = { id: undefined, event: undefined, data: [] };
      for (const line of rest.slice(0, end).split("\n")) {
        if (line.startsWith(":")) comments.push(line.slice(1).trim());
        else if (line.startsWith("data:")) fields.data.push(line.slice(5).replace(/^ /, ""));
        else if (line.startsWith("id:")) fields.id = line.slice(3).trim();
        else if (line.startsWith("event:")) fields.event = line.slice(6).trim();
      }
      if (!fields.data.length) continue;
      yield { ...fields, data: fields.data.join("\n"), comments };
      comments = [];
    }
  }
}

/** All events until `enough(events)` or the end of the body. */
export function readSse(what, response, enough = () => false, ms = 20_000) {
  const read = async () => {
    const events = [];
    for await (const event of sse(response)) {
      events.push(event);
      if (enough(events)) break;
    }
    return events;
  };
  return within(what, read(), ms);
}
