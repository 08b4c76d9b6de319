// What people call a device, from what it says of itself.

const BROWSERS: [RegExp, string][] = [
  [/\bEdg(e|A|iOS)?\//, "Edge"],
  [/\b(OPR|Opera)\//, "Opera"],
  [/\b(Firefox|FxiOS)\//, "Firefox"],
  [/\b(HeadlessChrome|Chrome|CriOS|Chromium)\//, "Chrome"],
  [/\bVersion\/.*Safari\//, "Safari"],
];
const SYSTEMS: [RegExp, string][] = [
  [/\b(iPhone|iPad|iPod)\b/, "iOS"],
  [/\bAndroid\b/, "Android"],
  [/\bCrOS\b/, "ChromeOS"],
  [/\bWindows\b/, "Windows"],
  [/\bMac OS X\b|\bMacintosh\b/, "macOS"],
  [/\bLinux\b/, "Linux"],
];

const first = (agent: string, of: [RegExp, string][]): string | undefined => of.find(([pattern]) => pattern.test(agent))?.[1];

/** "Firefox · Linux"; of a program its own first word. */
export function deviceName(agent: string): string {
  const known = [first(agent, BROWSERS), first(agent, SYSTEMS)].filter((part) => part !== undefined);
  return known.join(" · ") || agent.split(/[\s/]/)[0] || "?";
}
