// The floor of every request: a Worker that does nothing.
export default { fetch: () => new Response("ok") };
