// A page in headless Chromium: /usr/bin/chromium, or what $CHROMIUM names.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "playwright-core";

// No sandbox, for tests run as root; no network of Chromium's own, for closed networks.
const FLAGS = ["no-sandbox", "disable-gpu", "disable-quic", "no-first-run", "disable-background-networking", "disable-component-update", "disable-sync"];

// Calls `use` with a page whose console is printed, and closes Chromium whatever happens.
export async function withPage(use) {
  const profile = await mkdtemp(join(tmpdir(), "barnabas-chromium-"));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    headless: true,
    viewport: { width: 1280, height: 1400 },
    args: FLAGS.map((flag) => `--${flag}`),
  });
  try {
    const page = await context.newPage();
    page.on("console", (message) => console.log(`page: ${message.text()}`));
    await use(page);
  } finally {
    await context.close();
    await rm(profile, { recursive: true });
  }
}
