// Addresses that nobody may have fetched for them, in every spelling that a parser, a resolver or a person takes for one.

const CLOSED_V4 = [
  "127.0.0.1", "127.255.255.254", "0.0.0.0", "0.1.2.3", "10.0.0.1", "10.255.255.255", "100.64.0.1", "100.100.100.200", "169.254.169.254",
  "169.254.170.2", "168.63.129.16", "172.16.0.1", "172.31.255.254", "192.0.0.192", "192.0.2.1", "192.88.99.1", "192.168.0.1", "198.18.0.1",
  "198.19.255.255", "198.51.100.1", "203.0.113.1", "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255",
];

const CLOSED_V6 = [
  "::", "::1", "0:0:0:0:0:0:0:1", "0000:0000:0000:0000:0000:0000:0000:0001", "100::1", "fc00::1", "fd00:ec2::254", "fe80::1", "febf::1",
  "fec0::1", "ff02::1", "FF0E::1", "2001::1", "2001:2::1", "2001:10::1", "2001:db8::1", "3fff::1", "5f00::1", "4000::1",
];

const hex = (number, width = 0) => number.toString(16).padStart(width, "0");
const from = (first) => (text) => text.replace(/\d/g, (digit) => String.fromCodePoint(first + Number(digit)));
const circled = (text) => text.replace(/\d/g, (digit) => (digit === "0" ? "⓪" : String.fromCodePoint(0x2460 + Number(digit) - 1)));
const fullWidth = from(0xff10);
const bold = from(0x1d7ce);
const percent = (text) => [...text].map((c) => `%${hex(c.charCodeAt(0))}`).join("");

/** An IPv4 address as hosts that a parser makes the same of. */
export function spellingsOfV4(address) {
  const bytes = address.split(".").map(Number);
  const [a, b, c, d] = bytes;
  const whole = ((a << 24) | (b << 16) | (c << 8) | d) >>> 0;
  const octal = (number) => `0${number.toString(8)}`;
  return [
    address,
    `${address}.`,
    `${whole}`,
    `${whole}.`,
    `0x${hex(whole)}`,
    `0X${hex(whole).toUpperCase()}`,
    `0x${hex(whole, 16)}`,
    octal(whole),
    `000${whole.toString(8)}`,
    bytes.map((byte) => `0x${hex(byte)}`).join("."),
    bytes.map((byte) => `0x${hex(byte, 8)}`).join("."),
    bytes.map(octal).join("."),
    bytes.map((byte) => `0000${byte.toString(8)}`).join("."),
    `${a}.${(b << 16) | (c << 8) | d}`,
    `${a}.${b}.${(c << 8) | d}`,
    `0x${hex(a)}.${octal(b)}.${(c << 8) | d}`,
    `${octal(a)}.0x${hex((b << 16) | (c << 8) | d)}`,
    fullWidth(address),
    circled(address),
    bold(address),
    address.replaceAll(".", "。"),
    address.replaceAll(".", "．"),
    address.replaceAll(".", "｡"),
    fullWidth(address).replaceAll(".", "．"),
    percent(address),
    address.replace(".", "%2e"),
    address.replace(".", ".\u00ad"),
    address.replace(".", "\u200b."),
  ];
}

/** IPv6 addresses that carry an IPv4 one. */
export function embeddingsOfV4(address) {
  const [a, b, c, d] = address.split(".").map(Number);
  const [high, low] = [hex((a << 8) | b), hex((c << 8) | d)];
  const inverted = [hex(((a << 8) | b) ^ 0xffff), hex(((c << 8) | d) ^ 0xffff)];
  return [
    `::${address}`,
    `::${high}:${low}`,
    `::ffff:${address}`,
    `::ffff:${high}:${low}`,
    `::FFFF:${high.toUpperCase()}:${low.toUpperCase()}`,
    `0:0:0:0:0:ffff:${address}`,
    `::ffff:0:${address}`,
    `64:ff9b::${address}`,
    `64:ff9b::${high}:${low}`,
    `64:ff9b:1::${high}:${low}`,
    `2002:${high}:${low}::`,
    `2002:${high}:${low}::1`,
    `2001:0:${high}:${low}::`,
    `2001:0:4136:e378:8000:63bf:${inverted.join(":")}`,
    `fe80::5efe:${high}:${low}`,
    `2606:4700::5efe:${address}`,
    `2606:4700::200:5efe:${high}:${low}`,
  ];
}

const NAMES = [
  "localhost", "LOCALHOST", "localhost.", "LocalHost。", "ｌｏｃａｌｈｏｓｔ", "x.localhost", "localhost.localdomain", "ip6-localhost", "ip6-loopback",
  "printer.local", "metadata", "metadata.google.internal", "METADATA.google.internal.", "metadata.goog.internal", "instance-data",
  "instance-data.ec2.internal", "host.docker.internal", "gateway.docker.internal", "kubernetes.default.svc", "kubernetes.default.svc.cluster.local",
  "router.home.arpa", "1.0.0.127.in-addr.arpa", "wall.onion", "wall.test", "wall.invalid", "wall.example", "wall.lan", "wall.corp", "wall.home",
  "intranet", "com", "com.", "metadata.packet.net", "a..com", ".com", "..", "%00", "a%00.com", "127.0.0.1.nip.invalid", "0x7f.invalid",
];

/** What stands around a closed host; `at` is host and port. */
const AROUND = [
  (at) => `http://${at}/`,
  (at) => `https://${at}/`,
  (at) => `HTTP://${at}`,
  (at) => `http:${at}/`,
  (at) => `http:/${at}/`,
  (at) => `http:///${at}/`,
  (at) => `http:\\\\${at}\\`,
  (at) => `http:/\\${at}/`,
  (at) => `  http://${at}/  `,
  (at) => `\u0000http://${at}/\u001f`,
  (at) => `h\tt\nt\rp://${at}/`,
  (at) => `http://${at.slice(0, 2)}\t${at.slice(2)}/`,
  (at) => `http://${at.slice(0, 1)}\n${at.slice(1)}/`,
  (at) => `http://a@${at}/`,
  (at) => `http://a:b@${at}/`,
  (at) => `http://@${at}/`,
  (at) => `http://:@${at}/`,
  (at) => `http://public.wall-of-edgewise.org@${at}/`,
  (at) => `http://public.wall-of-edgewise.org:80@${at}/`,
  (at) => `http://public.wall-of-edgewise.org%40${at}/`,
  (at) => `http://${at}\\@public.wall-of-edgewise.org/`,
  (at) => `http://${at}/@public.wall-of-edgewise.org/`,
  (at) => `http://${at}#@public.wall-of-edgewise.org/`,
  (at) => `http://${at}?@public.wall-of-edgewise.org/`,
  (at) => `http://${at}%2f@public.wall-of-edgewise.org/`,
  (at) => `http://public.wall-of-edgewise.org\\@${at}/`,
  (at) => `http://public.wall-of-edgewise.org#@${at}/`,
  (at) => `http://public.wall-of-edgewise.org@@${at}/`,
  (at) => `http://http://${at}/`,
  (at) => `url:http://${at}/`,
  (at) => `view-source:http://${at}/`,
  (at) => `blob:http://${at}/x`,
  (at) => `ws://${at}/`,
  (at) => `ftp://${at}/`,
  (at) => `gopher://${at}/_GET`,
  (at) => `dict://${at}/d`,
  (at) => `jar:http://${at}/!/`,
  (at) => `//${at}/`,
  (at) => `${at}`,
];

const ODDITIES = [
  "file:///etc/passwd", "file://localhost/etc/passwd", "file:/etc/passwd", "data:text/plain,hello", "javascript:fetch('/')", "about:blank", "mailto:a@b.org",
  "http://", "http:///", "http://:80/", "https://[", "https://[]/", "https://[::1", "https://::1/", "http://[fe80::1%25lo]/", "http://[fe80::1%lo]/", "http://[::1%25]/",
  "http://[::ffff:127.0.0.1.]/", "http://[::ffff:0x7f.0.0.1]/", "http://[1::2::3]/", "http://256.256.256.256/", "http://127.0.0.1.1/", "http://1.2.3.4.5/",
  "http://0x/", "http://0x.0x.0/", "http://08/", "http://127.0.0.0x1/", "http://4294967296/", "http://127.16777216/", "http://a_b/", "http://a b.org/", "http://a%20b.org/",
  "http://public.wall-of-edgewise.org:0/", "http://public.wall-of-edgewise.org:22/", "http://public.wall-of-edgewise.org:25/", "http://public.wall-of-edgewise.org:6379/",
  "http://public.wall-of-edgewise.org:65535/", "http://public.wall-of-edgewise.org:65536/", "http://public.wall-of-edgewise.org:80:80/", "http://public.wall-of-edgewise.org:-1/",
  "http://public.wall-of-edgewise.org:8o/", "http://xn--/", "http://xn--a.org/", "http://xn--localhost-/", "http://๑๒๗.๐.๐.๑/", "http://١٢٧.٠.٠.١/", "http://１２７．１/", "http://ⓛocalhost/",
  "http://public.wall-of-edgewise.org\u0000.x/", "http://\u202e127.0.0.1/", `http://${"a".repeat(64)}.org/`, `http://${"a.".repeat(130)}org/`, `http://public.wall-of-edgewise.org/${"x".repeat(1_900)}`,
];

/** Every form, with the ports among which a listener waits. */
export function closedForms(ports) {
  const [port, other] = ports;
  const hosts = [
    ...CLOSED_V4.flatMap((address) => [...spellingsOfV4(address), ...embeddingsOfV4(address).map((v6) => `[${v6}]`)]),
    ...CLOSED_V6.map((address) => `[${address}]`),
    ...NAMES,
  ];
  const loopback = [...spellingsOfV4("127.0.0.1").slice(0, 12), "[::1]", "[::ffff:7f00:1]", "[::]", "0", "localhost"];
  const wrapped = loopback.flatMap((host) => AROUND.map((around) => around(`${host}:${port}`)));
  return [...new Set([...hosts.map((host) => `http://${host}:${port}/`), ...hosts.map((host) => `https://${host}:${other}/`), ...wrapped, ...hosts.slice(0, 60).map((host) => `http://${host}/`), ...ODDITIES])];
}

/** Addresses whose parts every parser must agree about: `[url, base]`. Of names that begin with `xn--` and decode to
 * nothing, the crate of the native tests says that they are none; the runtime leaves them, and no resolver knows them. */
export const parsed = () => [
  ...spellingsOfV4("127.0.0.1").map((host) => [`http://${host}:81/`, null]),
  ...spellingsOfV4("169.254.169.254").map((host) => [`https://${host}`, null]),
  ...embeddingsOfV4("10.1.2.3").map((host) => [`http://[${host}]:443/`, null]),
  ...CLOSED_V6.map((host) => [`https://[${host}]:443/`, null]),
  ...NAMES.map((host) => [`http://${host}:80/x?y#z`, null]),
  ...AROUND.map((around) => [around("127.1:82"), null]),
  ...ODDITIES.filter((url) => !url.includes("xn--")).map((url) => [url, null]),
  ...["/a/../b", "//127.1/x", "\\\\127.1\\x", "?q", "#f", "http:b", "https:b", "http:/\\127.1", "javascript:x", "  /x ", "/\t/127.1", "http://[", ""].map((url) => [url, "http://u:p@public.wall-of-edgewise.org:8080/dir/file?old#old"]),
];

/** What a parser of the URL standard makes of it, in the form of tests/fixtures/addresses.json. */
export function parts(url, base) {
  const found = URL.parse(url, base ?? undefined);
  return found && [found.href, found.protocol.slice(0, -1), Boolean(found.username || found.password), found.hostname, found.port];
}
