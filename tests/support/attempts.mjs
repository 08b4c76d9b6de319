// What a hostile page may try against somebody who is signed in elsewhere in the same browser. Each runs in that page,
// and gives what it could read.

const patience = (promise) => `Promise.race([${promise}, new Promise((resolve) => setTimeout(resolve, 2_500, ""))])`;

const reads = (path) => `fetch(base + ${JSON.stringify(path)}, { credentials: "include" }).then((answer) => answer.text())`;
const writes = (method, path, init) =>
  `fetch(base + ${JSON.stringify(path)}.replace("ID", id), { method: ${JSON.stringify(method)}, credentials: "include", ...(${init}) }).then((answer) => answer.text())`;
const json = `{ headers: { "content-type": "application/json" }, body: '{"title":"forged","name":"forged"}' }`;
const element = (make) => `new Promise((resolve) => { ${make}; document.body.append(one); })`;
const form = (path, type, field) => `new Promise((resolve) => {
  const frame = document.createElement("iframe");
  frame.name = "f" + Math.random();
  const form = document.createElement("form");
  Object.assign(form, { action: base + ${JSON.stringify(path)}.replace("ID", id), method: "post", enctype: ${JSON.stringify(type)}, target: frame.name });
  const input = document.createElement("input");
  [input.name, input.value] = ${JSON.stringify(field)};
  form.append(input);
  document.body.append(frame, form);
  frame.onload = () => { try { resolve(frame.contentDocument.body.textContent); } catch { resolve(""); } };
  form.submit();
})`;
const socket = (protocols) => `new Promise((resolve) => {
  const socket = new WebSocket(base.replace("http", "ws") + "/api/chat/conversations/" + id + "/ws", ${protocols});
  let heard = "";
  socket.onopen = () => socket.send(JSON.stringify({ type: "subscribe", requestId: "$log", after: 0 }));
  socket.onmessage = ({ data }) => { heard += data; if (heard.includes("turn.ended")) resolve(heard); };
  socket.onclose = socket.onerror = () => resolve(heard);
})`;

/** Those that read as well as they can; a page of ours succeeds with them. */
export const READS = {
  "fetch of the user": reads("/api/users/me"),
  "fetch of the list": reads("/api/chat/conversations"),
  "XMLHttpRequest": `new Promise((resolve) => {
    const request = new XMLHttpRequest();
    request.open("GET", base + "/api/users/me");
    request.withCredentials = true;
    request.onloadend = () => resolve(request.responseText);
    request.send();
  })`,
  "EventSource of the log": `new Promise((resolve) => {
    const source = new EventSource(base + "/api/chat/conversations/" + id + "/events", { withCredentials: true });
    let heard = "";
    source.onmessage = ({ data }) => { heard += data; if (heard.includes("turn.ended")) source.close(), resolve(heard); };
    source.onerror = () => resolve(heard);
  })`,
  "WebSocket": socket("[]"),
  "a frame": element(`const one = document.createElement("iframe"); one.src = base + "/api/users/me";
    one.onload = () => { try { resolve(one.contentDocument.body.textContent); } catch { resolve(""); } }`),
  "a window": `new Promise((resolve) => {
    const other = window.open(base + "/api/users/me");
    setTimeout(() => { try { resolve(other.document.body.textContent); } catch { resolve(""); } finally { other?.close(); } }, 1_000);
  })`,
};

/** Those that change something, or read in ways that no page should. */
export const OTHERS = {
  "WebSocket with a protocol": socket(`["bearer", "x"]`),
  "POST of JSON": writes("POST", "/api/chat/conversations", json),
  "POST without a body": writes("POST", "/api/chat/conversations", "{}"),
  "POST without a body, no-cors": writes("POST", "/api/chat/conversations", `{ mode: "no-cors" }`),
  "POST of JSON as text": writes("POST", "/api/chat/conversations", `{ mode: "no-cors", body: '{"title":"forged"}' }`),
  "POST of a Blob that says it is JSON": writes("POST", "/api/chat/conversations", `{ mode: "no-cors", body: new Blob(['{"title":"forged"}'], { type: "application/json" }) }`),
  "POST that says it is another method": writes("POST", "/api/chat/conversations/ID", `{ headers: { "x-http-method-override": "DELETE" } }`),
  "PATCH": writes("PATCH", "/api/users/me", json),
  "DELETE of the conversation": writes("DELETE", "/api/chat/conversations/ID", "{}"),
  "DELETE of the sessions": writes("DELETE", "/api/users/me/sessions", "{}"),
  "POST that signs out": writes("POST", "/api/auth/logout", `{ mode: "no-cors" }`),
  "POST that stops": writes("POST", "/api/chat/conversations/ID/stop", `{ mode: "no-cors" }`),
  "POST that makes a key": writes("POST", "/api/users/me/keys", json),
  "sendBeacon": `Promise.resolve(navigator.sendBeacon(base + "/api/chat/conversations", '{"title":"forged"}') ? "" : "")`,
  "a form": form("/api/chat/conversations", "application/x-www-form-urlencoded", ["title", "forged"]),
  "a form of text that is JSON": form("/api/chat/conversations/ID/messages", "text/plain", ['{"content":"forged","x":"', '"}']),
  "a form with parts": form("/api/chat/conversations", "multipart/form-data", ["title", "forged"]),
  "a form that signs out": form("/api/auth/logout", "text/plain", ["a", "b"]),
  "a script": element(`const one = document.createElement("script"); one.src = base + "/api/users/me";
    window.onerror = (message) => resolve(String(message)); one.onload = one.onerror = () => resolve("")`),
  "a module": `import(base + "/api/users/me").then((module) => JSON.stringify(module), (error) => String(error))`,
  "a style sheet": element(`const one = document.createElement("link"); one.rel = "stylesheet"; one.href = base + "/api/users/me";
    one.onerror = () => resolve(""); one.onload = () => { try { resolve([...one.sheet.cssRules].map((rule) => rule.cssText).join()); } catch { resolve(""); } }`),
  "an image": element(`const one = document.createElement("img"); one.src = base + "/api/users/me"; one.onload = () => resolve("drawn"); one.onerror = () => resolve("")`),
  "an object": element(`const one = document.createElement("object"); one.data = base + "/api/users/me";
    one.onload = one.onerror = () => { try { resolve(one.contentDocument.body.textContent); } catch { resolve(""); } }`),
  "the page in a frame": element(`const one = document.createElement("iframe"); one.src = base + "/";
    one.onload = () => { try { resolve(one.contentDocument.body.textContent); } catch { resolve(""); } }`),
};

/** Makes the attempt in a page or a frame against `base`, whose conversation is `id`. */
export const attempt = (frame, code, given) =>
  frame.evaluate(`(async ({ base, id }) => {
    try { return String((await ${patience(`(${code})`)}) ?? ""); } catch (error) { return String(error); }
  })(${JSON.stringify(given)})`);
