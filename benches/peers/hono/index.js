// The peer Hono + D1 + drizzle: what most people write. It keeps the answer when it is whole; a lost stream is lost.
import { and, asc, eq } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";
import { integer, sqliteTable, text } from "drizzle-orm/sqlite-core";
import { Hono } from "hono";
import { jwt } from "hono/jwt";
import { streamSSE } from "hono/streaming";

const conversations = sqliteTable("conversations", { id: text().primaryKey(), user: text().notNull(), title: text().notNull(), updatedAt: integer("updated_at").notNull() });
const messages = sqliteTable("messages", {
  id: integer().primaryKey(), conversation: text().notNull(), role: text().notNull(), content: text().notNull(), createdAt: integer("created_at").notNull(),
});

const app = new Hono();
app.get("/health", (c) => c.text("ok"));
app.post("/setup", async (c) => {
  await c.env.DB.batch([
    "CREATE TABLE IF NOT EXISTS conversations (id TEXT PRIMARY KEY, user TEXT NOT NULL, title TEXT NOT NULL, updated_at INTEGER NOT NULL)",
    "CREATE TABLE IF NOT EXISTS messages (id INTEGER PRIMARY KEY, conversation TEXT NOT NULL, role TEXT NOT NULL, content TEXT NOT NULL, created_at INTEGER NOT NULL)",
    "CREATE INDEX IF NOT EXISTS messages_of ON messages (conversation, id)",
  ].map((statement) => c.env.DB.prepare(statement)));
  return c.body(null, 204);
});
app.use("/api/*", (c, next) => jwt({ secret: c.env.SECRET, alg: "HS256" })(c, next));
app.use("/api/*", async (c, next) => {
  c.set("db", drizzle(c.env.DB));
  c.set("user", c.get("jwtPayload").sub);
  await next();
});

const owned = (c) =>
  c.get("db").select().from(conversations).where(and(eq(conversations.id, c.req.param("id")), eq(conversations.user, c.get("user")))).get();
const history = (c) =>
  c.get("db").select().from(messages).where(eq(messages.conversation, c.req.param("id"))).orderBy(asc(messages.id)).limit(100);

app.post("/api/conversations", async (c) => {
  const id = crypto.randomUUID();
  await c.get("db").insert(conversations).values({ id, user: c.get("user"), title: "New Conversation", updatedAt: Date.now() });
  return c.json({ id }, 201);
});

app.get("/api/conversations/:id/messages", async (c) => {
  if (!(await owned(c))) return c.json({ error: "Conversation not found" }, 404);
  return c.json({ messages: await history(c) });
});

app.post("/api/conversations/:id/messages", async (c) => {
  const { content } = await c.req.json();
  const db = c.get("db");
  const conversation = c.req.param("id");
  if (!(await owned(c))) return c.json({ error: "Conversation not found" }, 404);
  const past = await history(c);
  await db.insert(messages).values({ conversation, role: "user", content, createdAt: Date.now() });
  const asked = await fetch(`${c.env.OPENAI_BASE_URL}/chat/completions`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: "Bearer bench" },
    body: JSON.stringify({ model: "bench", stream: true, messages: [...past.map(({ role, content }) => ({ role, content })), { role: "user", content }] }),
  });
  return streamSSE(c, async (stream) => {
    let [whole, rest] = ["", ""];
    for await (const piece of asked.body.pipeThrough(new TextDecoderStream())) {
      const lines = (rest + piece).split("\n");
      rest = lines.pop();
      for (const line of lines) {
        if (!line.startsWith("data: {")) continue;
        const text = JSON.parse(line.slice(6)).choices[0]?.delta.content;
        if (!text) continue;
        whole += text;
        await stream.writeSSE({ data: JSON.stringify({ text }) });
      }
    }
    await db.insert(messages).values({ conversation, role: "assistant", content: whole, createdAt: Date.now() });
    await db.update(conversations).set({ updatedAt: Date.now() }).where(eq(conversations.id, conversation));
    await stream.writeSSE({ data: "[DONE]" });
  });
});

export default app;
