// Opens page.html in headless Chromium and checks what it shows.
//   node test.js PORT ADDRESS   bundles the page, serves it on the port, and tests it against the gateway at ADDRESS
// The page comes from another origin than the gateway, http://127.0.0.1:PORT, which the gateway must allow by CORS.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { build } from "esbuild";
import { Code } from "@connectrpc/connect";
import { withPage } from "./chromium.js";

const [port, address] = process.argv.slice(2);
if (!address) throw new Error("usage: node test.js PORT ADDRESS");

const bundle = await build({ entryPoints: ["page.js"], bundle: true, format: "esm", write: false, logLevel: "warning" });
const files = {
  "/page.html": ["text/html", await readFile("page.html")],
  "/page.js": ["text/javascript", bundle.outputFiles[0].contents],
};
const server = createServer((request, response) => {
  const [type, content] = files[new URL(request.url, "http://page").pathname] ?? [];
  response.writeHead(type ? 200 : 404, type ? { "content-type": type } : {}).end(content);
});
await new Promise((ready) => server.listen(Number(port), "127.0.0.1", ready));

try {
  await withPage(async (page) => {
    const query = new URLSearchParams({ gateway: `http://${address}`, topic: "browser" });
    await page.goto(`http://127.0.0.1:${port}/page.html?${query}`);
    await page.waitForFunction(() => document.querySelector("#state").textContent !== "working", undefined, { timeout: 60_000 });
    assert.equal(await page.textContent("#state"), `done, an unknown instance is error ${Code.NotFound}`);
    assert.deepEqual((await page.locator("#records li").allTextContents()).sort(), ["naïve ☕", "one", "two"]);
  });
  console.log("browser: ok, 3 records produced and consumed over gRPC-Web");
} finally {
  server.close();
}
