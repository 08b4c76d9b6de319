// A receiver of webhooks on loopback: it can be down, refuse, and it keeps what it took and what was wrong with it.
import { createServer } from "node:http";
import { after } from "node:test";
import { Webhook } from "standardwebhooks";

/** Every request is checked with the official library against each of `secrets`. */
export async function startReceiver() {
  const receiver = { secrets: [], status: 200, headers: {}, got: [], faults: [], asked: 0 };
  const server = createServer(async (request, response) => {
    const pieces = [];
    for await (const piece of request) pieces.push(piece);
    const body = Buffer.concat(pieces).toString();
    receiver.asked += 1;
    for (const secret of receiver.secrets) {
      try {
        new Webhook(secret).verify(body, request.headers);
      } catch (error) {
        receiver.faults.push(`${request.headers["webhook-id"]}: ${error.message}`);
      }
    }
    const status = typeof receiver.status === "function" ? receiver.status(request) : receiver.status;
    if (status === 200) receiver.got.push({ id: request.headers["webhook-id"], headers: request.headers, ...JSON.parse(body) });
    response.writeHead(status, receiver.headers).end();
  });
  const listen = (port) => new Promise((resolve, reject) => server.once("error", reject).listen(port, "127.0.0.1", () => resolve(server.address().port)));
  receiver.port = await listen(0);
  receiver.url = `http://127.0.0.1:${receiver.port}/hook`;
  receiver.down = () => new Promise((resolve) => (server.closeAllConnections(), server.close(resolve)));
  receiver.up = () => listen(receiver.port);
  after(() => (server.closeAllConnections(), server.close()));
  /** The ids in the order in which they first came. */
  receiver.ids = () => [...new Set(receiver.got.map(({ id }) => id))];
  return receiver;
}
