// Import this first: says so in one sentence when Node is too old, before anything newer is touched.
const [major] = process.versions.node.split(".").map(Number);
if (major < 20) {
  console.error(`Node ${process.versions.node} is too old: Edgewise needs Node 20 or newer.`);
  process.exit(1);
}
