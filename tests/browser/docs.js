// Opens the gateway's page of its API in headless Chromium, and tries an operation out on it.
//   node docs.js ADDRESS [PICTURE]   PICTURE: where to put a picture of the page
import assert from "node:assert/strict";
import { withPage } from "./chromium.js";

const [address, picture] = process.argv.slice(2);
if (!address) throw new Error("usage: node docs.js ADDRESS [PICTURE]");

const TIMEOUT = { timeout: 30_000 };

for (const prefix of ["", "/kafka"]) {
  await withPage(async (page) => {
    const elsewhere = [];
    const refused = [];
    page.on("request", (request) => {
      if (!/^(data|blob):/.test(request.url()) && new URL(request.url()).host !== address) elsewhere.push(request.url());
    });
    page.on("pageerror", (error) => refused.push(error.message));
    page.on("console", (message) => {
      if (message.type() === "error") refused.push(message.text());
    });
    // Without the slash at its end: the gateway leads to the folder.
    await page.goto(`http://${address}${prefix}/docs`);
    await page.locator(".opblock").first().waitFor(TIMEOUT);
    const described = await (await fetch(`http://${address}/openapi.json`)).json();
    const operations = Object.values(described.paths).flatMap((path) => Object.keys(path)).length;
    assert.equal(await page.locator(".opblock").count(), operations, "every operation is shown");

    if (prefix) await page.locator(".servers select").selectOption(prefix);
    const operation = page.locator(".opblock", { has: page.locator('[data-path="/v3/clusters"]') });
    await operation.locator(".opblock-summary-control").click();
    await operation.locator("button.execute").click(TIMEOUT);
    const answer = operation.locator(".live-responses-table .highlight-code").first();
    await answer.waitFor(TIMEOUT);
    assert.match(await answer.textContent(), new RegExp(`"http://${address}${prefix}/v3/clusters"`));
    if (picture && !prefix) await page.screenshot({ path: picture });
    assert.deepEqual(elsewhere, [], "nothing is loaded from elsewhere");
    assert.deepEqual(refused, [], "no errors, and nothing that the page's policy refuses");
    console.log(`docs: ok, ${prefix}/docs shows ${operations} operations, and one was tried out`);
  });
}
