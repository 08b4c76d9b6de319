// The outside, on loopback: a listener that counts who comes, a resolver that says what it is told, and a strange web.
import { createServer as createHttpServer } from "node:http";
import { createServer } from "node:net";
import { after } from "node:test";
import { deflateSync, gzipSync } from "node:zlib";

const listen = (server, port, host) =>
  new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen({ port, host, ipv6Only: host === "::" }, () => resolve(server.address().port));
  });

/** Counts the connections to one port of every address of this machine, of IPv4 and of IPv6. */
export async function startCanary() {
  const canary = { accepted: 0 };
  const sockets = new Set();
  const servers = ["0.0.0.0", "::"].map(() =>
    createServer((socket) => {
      canary.accepted += 1;
      sockets.add(socket);
      socket.on("error", () => {}).on("data", () => socket.end("HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: 6\r\nconnection: close\r\n\r\ninside"));
    }),
  );
  canary.port = await listen(servers[0], 0, "0.0.0.0");
  // A machine without IPv6 has nothing to guard there.
  canary.hasIpv6 = await listen(servers[1], canary.port, "::").then(() => true, () => false);
  after(() => {
    for (const socket of sockets) socket.destroy();
    for (const server of servers) server.close();
  });
  return canary;
}

const TYPES = { A: 1, CNAME: 5, AAAA: 28 };

/**
 * A resolver. `zone` maps a name to its records, `[[type, data, owner?]]` for both questions, or to a function that
 * answers by itself. A name that is not there does not exist.
 */
export async function startResolver(zone) {
  const asked = [];
  const server = createHttpServer((request, response) => {
    const query = new URL(request.url, "http://resolver").searchParams;
    const [name, type] = [query.get("name"), Number(query.get("type"))];
    asked.push({ name, type, accept: request.headers.accept });
    const records = zone[name];
    if (typeof records === "function") return records(response, type);
    response.setHeader("content-type", "application/dns-json");
    const fits = (kind) => TYPES[kind] === type || kind === "CNAME";
    const Answer = (records ?? []).filter(([kind]) => fits(kind)).map(([kind, data, owner = name]) => ({ name: owner, type: TYPES[kind], TTL: 60, data }));
    response.end(JSON.stringify({ Status: records ? 0 : 3, TC: false, RD: true, RA: true, Question: [{ name, type }], Answer }));
  });
  const port = await listen(server, 0, "127.0.0.1");
  after(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${port}/dns-query`, asked };
}

/** A web server whose pages are functions by path; `seen` are the requests, `open` how many are unfinished. */
export async function startWeb(pages) {
  const web = { seen: [], open: 0 };
  const server = createHttpServer((request, response) => {
    const url = new URL(request.url, "http://web");
    web.seen.push({ path: url.pathname, method: request.method, headers: request.headers });
    web.open += 1;
    response.on("close", () => (web.open -= 1));
    (pages[url.pathname] ?? ((_, answer) => answer.writeHead(404).end()))(url, response);
  });
  web.port = await listen(server, 0, "127.0.0.1");
  web.base = `http://127.0.0.1:${web.port}`;
  after(() => {
    server.closeAllConnections();
    server.close();
  });
  return web;
}

/** A page of a type, with a body. */
export const page = (type, body, headers = {}) => (_, response) => response.writeHead(200, { ...(type ? { "content-type": type } : {}), ...headers }).end(body);

/** `/to?status=302&url=…&hops=n`: a redirect to `url`, after `hops` to itself. */
export function to(url, response) {
  const [status, hops] = [Number(url.searchParams.get("status")), Number(url.searchParams.get("hops") ?? 0)];
  const next = new URLSearchParams(url.searchParams);
  next.set("hops", String(hops - 1));
  const location = hops > 0 ? `/to?${next}` : url.searchParams.get("url");
  // Node takes characters that are bytes; what stands in the header is UTF-8, as servers that are careless write it.
  response.writeHead(status, { location: Buffer.from(location).toString("latin1"), "set-cookie": "a=b" }).end("moved");
}

/** Sends `piece` until nobody listens, every `ms`. */
export const endless = (piece, ms) => (_, response) => {
  response.writeHead(200, { "content-type": "text/plain" });
  const timer = setInterval(() => response.write(piece), ms);
  response.on("close", () => clearInterval(timer));
};

/** What unpacks to `size` letters. */
export const bomb = (size) => gzipSync("a".repeat(size));
export const deflated = (text) => deflateSync(text);
export const gzipped = (bytes) => gzipSync(bytes);
