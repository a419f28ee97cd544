import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { brotliCompressSync, brotliDecompressSync, gunzipSync, gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type TestServer, testServer } from "../testing/test-server.ts";

const PAGE = `<!doctype html><title>Fleetlog</title>${"<p>".repeat(1_000)}`;
const SCRIPT = "console.log('fleet');".repeat(200);

let directory: string;
let server: TestServer;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "fleetlog-ui-"));
  server = await testServer({}, { ui: directory });
});
afterEach(() => rm(directory, { recursive: true }));

async function build(page = PAGE): Promise<void> {
  await mkdir(join(directory, "assets"), { recursive: true });
  const script = join(directory, "assets", "index-abc123.js");
  await writeFile(script, SCRIPT);
  await writeFile(`${script}.br`, brotliCompressSync(SCRIPT));
  await writeFile(`${script}.gz`, gzipSync(SCRIPT));
  await writeFile(join(directory, "icon.svg"), "<svg/>");
  await writeFile(join(directory, "index.html"), page);
}

const html = { accept: "text/html,application/xhtml+xml,*/*;q=0.8" };
const get = (url: string, headers: Record<string, string> = html) => server.app.inject({ url, headers });

describe("the operator's pages", () => {
  it("are replaced by build instructions until they are built", async () => {
    const before = await get("/");
    expect(before.statusCode).toBe(503);
    expect(before.body).toContain("npm run build -w ui");
    expect((await get("/devices")).body).toContain("npm run build -w ui");
    await build();
    expect((await get("/")).body).toBe(PAGE);
    await build("<title>Another</title>");
    expect((await get("/")).body).toBe("<title>Another</title>");
  });

  it("contain as `base` the path under which a proxy serves them", async () => {
    server = await testServer({ basePath: "/fleet/" }, { ui: directory });
    const source = await readFile(new URL("../../../ui/index.html", import.meta.url), "utf8");
    await build(source);
    for (const path of ["/fleet/", "/fleet/devices/a", "/devices/a", "/fleet", "/fleet/index.html"]) {
      expect((await get(path)).body).toBe(source.replace('<base href="/" />', '<base href="/fleet/" />'));
    }
    expect((await get("/fleet/icon.svg")).body).toBe("<svg/>");
    expect(source).toContain('<base href="/" />');
  });

  it.each([
    "/",
    "/devices",
    "/devices/aa:bb-1",
    "/commands/018f",
    "/sign-in?next=/",
    "/anything/else",
    "/devices/a.b*c%3E%20d%2Fe",
    "/missing.js",
  ])("are answered by the index page at %s", async (path) => {
    await build();
    const response = await get(path);
    expect(response.statusCode).toBe(200);
    expect(response.headers).toMatchObject({
      "content-type": "text/html; charset=utf-8",
      "cache-control": "no-cache",
    });
    expect(response.body).toBe(PAGE);
  });

  it.each([
    ["/api/nothing", html],
    ["/missing.js", { accept: "*/*" }],
    ["/devices/a.js", { accept: "*/*" }],
    ["/assets/old-123.js", html],
    ["/assets/index-abc123.js.br", html],
    ["/assets/index-abc123.js.gz", { accept: "*/*", "accept-encoding": "gzip" }],
    ["/assets", html],
    ["/.env", { accept: "*/*" }],
    ["/devices", { accept: "application/json" }],
    ["/..%2findex.html", { accept: "*/*" }],
    ["/assets/..%2f..%2fpackage.json", html],
  ])("are not served at %s with %j", async (path, headers) => {
    await build();
    const response = await get(path, headers);
    expect(response.statusCode).toBe(404);
    expect(response.json()).toMatchObject({ code: "not-found" });
  });

  it.each(["/live", "/mqtt", "/device"])("are not served at the WebSocket path %s, which gets 426", async (path) => {
    await build();
    const response = await get(path, html);
    expect(response.statusCode).toBe(426);
    expect(response.headers).toMatchObject({ upgrade: "websocket" });
    expect(response.json()).toMatchObject({ code: "upgrade-required" });
  });

  it("forbid scripts of other origins, and forbid being shown in a frame", async () => {
    await build();
    const { headers } = await get("/");
    const policy = String(headers["content-security-policy"]);
    expect(policy).toContain("default-src 'self'; script-src 'self';");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy.split(";").find((one) => one.includes("script-src"))).not.toContain("unsafe");
    expect(headers).toMatchObject({ "x-content-type-options": "nosniff", "referrer-policy": "no-referrer" });
  });

  it("have the encoding that Accept-Encoding prefers", async () => {
    await build();
    const fetched = (coding: string) => get("/assets/index-abc123.js", { "accept-encoding": coding });
    const brotli = await fetched("gzip, deflate, br");
    expect(brotli.headers).toMatchObject({ "content-encoding": "br", vary: "accept-encoding" });
    expect(brotliDecompressSync(brotli.rawPayload).toString()).toBe(SCRIPT);
    const gzipped = await fetched("gzip;q=0.5, br;q=0");
    expect(gzipped.headers["content-encoding"]).toBe("gzip");
    expect(gunzipSync(gzipped.rawPayload).toString()).toBe(SCRIPT);
    for (const coding of ["", "identity", "gzip;q=0", "zstd"]) {
      const plain = await fetched(coding);
      expect(plain.headers).not.toHaveProperty("content-encoding");
      expect(plain.body).toBe(SCRIPT);
    }
    expect((await get("/icon.svg", { "accept-encoding": "br" })).headers).not.toHaveProperty("content-encoding");
  });

  it("are cached for ever when their name has a hash, and otherwise until they change", async () => {
    await build();
    const script = await get("/assets/index-abc123.js", {});
    expect(script.headers["cache-control"]).toBe("public, max-age=31536000, immutable");
    const page = await get("/");
    const etag = String(page.headers.etag);
    const again = await get("/devices", { ...html, "if-none-match": `W/"x", ${etag}` });
    expect(again.statusCode).toBe(304);
    expect(again.body).toBe("");
    await build("<title>Another</title>");
    expect((await get("/", { ...html, "if-none-match": etag })).statusCode).toBe(200);
    expect((await get("/", { ...html, "if-match": etag })).statusCode).toBe(412);
  });

  it("answer GET and HEAD; a POST gets 404", async () => {
    await build();
    const head = await server.app.inject({ method: "HEAD", url: "/", headers: html });
    expect(head.statusCode).toBe(200);
    expect(head.body).toBe("");
    expect(head.headers["content-length"]).toBe(String(PAGE.length));
    expect((await server.app.inject({ method: "POST", url: "/", headers: html })).statusCode).toBe(404);
  });
});
