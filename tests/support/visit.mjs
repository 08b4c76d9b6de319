// A person with a window on the app; what their console complains of is a fault.
export async function visitor(browser, base, { path = "/", context = null, viewport = { width: 1280, height: 800 } } = {}) {
  context ??= await browser.newContext({ viewport });
  const page = await context.newPage();
  page.setDefaultTimeout(15_000);
  const complaints = [];
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("console", (message) => /Content Security Policy|Uncaught|TrustedHTML/.test(message.text()) && complaints.push(message.text()));
  await page.goto(base + path);
  return { context, page, complaints };
}

/** The newest letter to `email` whose text has a link to `path`: its address. */
export async function linkFor(base, email, path) {
  const { letters } = await (await fetch(`${base}/api/dev/mailbox`)).json();
  const letter = letters.find(({ to, text }) => to === email && text.includes(`${path}?code=`));
  return letter?.text.match(new RegExp(`https?://\\S+${path}\\?code=\\S+`))?.[0] ?? null;
}

/** Whether anything is wider than the window. */
export const overflows = (page) => page.evaluate(() => document.scrollingElement.scrollWidth > innerWidth + 1);
