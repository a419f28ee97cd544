import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { Agent, type ClientRequest, request as httpRequest, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { setImmediate } from "node:timers/promises";
import type { MemoryObjects } from "@fleetlog/log";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { withViews } from "../../../testing/test-node.ts";
import { type TestServer, testServer } from "../../../testing/test-server.ts";

/** Reads an answer while the body is still sent, as curl and browsers do. */
const agent = new Agent({ keepAlive: true });
let server: TestServer;
let port = 0;
beforeAll(async () => {
  server = await testServer({}, { timeouts: { headersMs: 3_000, requestMs: 3_500, checkEveryMs: 50 } });
  await withViews(server.node.backbone);
  await server.app.listen({ host: "127.0.0.1", port: 0 });
  port = (server.app.server.address() as AddressInfo).port;
});
afterAll(async () => {
  agent.destroy();
  await server.app.close();
});

const objects = () => server.node.fleet.artifacts.objects as MemoryObjects;
const base64 = (algorithm: string, bytes: Buffer) => createHash(algorithm).update(bytes).digest("base64");
const hex = (algorithm: string, bytes: Buffer) => createHash(algorithm).update(bytes).digest("hex");

type Headers = Readonly<Record<string, string>>;
interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage["headers"];
  readonly bytes: Buffer;
  json(): Record<string, unknown>;
}

function begin(method: string, path: string, headers: Headers = {}): ClientRequest {
  const authorization = `Bearer ${server.token}`;
  return httpRequest({ host: "127.0.0.1", port, method, path, headers: { authorization, ...headers }, agent });
}

async function answerTo(sent: ClientRequest): Promise<Answer> {
  const [response] = (await once(sent, "response")) as [IncomingMessage];
  const parts: Buffer[] = [];
  for await (const part of response) parts.push(part);
  const bytes = Buffer.concat(parts);
  return { status: response.statusCode ?? 0, headers: response.headers, bytes, json: () => JSON.parse(String(bytes)) };
}

function call(method: string, path: string, { body, ...headers }: Headers & { body?: never } = {}): Promise<Answer> {
  const sent = begin(method, path, headers);
  sent.end(body);
  return answerTo(sent);
}

function put(path: string, bytes: Buffer, headers: Headers = {}): Promise<Answer> {
  const sent = begin("PUT", `/api/artifacts/${path}`, headers);
  sent.end(bytes);
  return answerTo(sent);
}

const bytes = randomBytes(300_000);

describe("uploading", () => {
  it("stores a body larger than the limit of other bodies, with its size and hashes", async () => {
    const answer = await put("pump/1.0", bytes, { "content-type": "application/x-firmware" });
    expect(answer.status).toBe(201);
    expect(answer.headers).toMatchObject({
      location: "/api/artifacts/pump/1.0",
      etag: `"${hex("sha256", bytes)}"`,
    });
    expect(answer.json()).toEqual({
      ...{ name: "pump", version: "1.0", account: "main", size: 300_000, mediaType: "application/x-firmware" },
      ...{ sha256: hex("sha256", bytes), sha1: hex("sha1", bytes) },
      ...{ storedAt: expect.any(String), storedBy: "admin", seq: expect.any(Number) },
    });
    expect((await call("GET", "/api/artifacts/pump/1.0")).bytes.equals(bytes)).toBe(true);
  });

  it("answers with the account in Location when it is not the caller's", async () => {
    await put("of/1.0", bytes, { "content-type": "application/json" });
    const created = begin("POST", "/api/accounts", { "content-type": "application/json" });
    created.end(JSON.stringify({ id: "north", name: "North" }));
    expect((await answerTo(created)).status).toBe(201);
    const { headers } = await put("of/1.0?account=north", bytes);
    expect(headers.location).toBe("/api/artifacts/of/1.0?account=north");
    expect((await call("GET", String(headers.location))).status).toBe(200);
  });

  it.each(["1 0", "v".repeat(65), "v".repeat(300)])(
    "refuses the version %s and says all of what is accepted",
    async (version) => {
      const answer = await put(`pump/${encodeURIComponent(version)}`, bytes);
      expect(answer.json()).toMatchObject({
        status: 400,
        field: "version",
        detail:
          "version must be 1 to 64 letters, digits, '.', '_', '+', '~' or '-', beginning with a letter or a digit",
      });
    },
  );

  it("answers 200 for the same bytes again; answers 409 for other bytes, and keeps none of them", async () => {
    await put("again/1.0", bytes);
    const before = objects().ids;
    expect((await put("again/1.0", bytes)).status).toBe(200);
    const others = await put("again/1.0", randomBytes(300_000));
    expect(others.json()).toMatchObject({ status: 409, code: "artifact-exists", field: "version" });
    expect((await put("again/1.0", bytes.subarray(1))).json()).toMatchObject({ code: "artifact-exists" });
    expect(objects().ids).toEqual(before);
  });

  it("stores one of five concurrent uploads of a version", async () => {
    const uploads = Array.from({ length: 5 }, (_, i) => put("race/1.0", Buffer.alloc(50_000, i)));
    const statuses = (await Promise.all(uploads)).map(({ status }) => status);
    expect(statuses.sort()).toEqual([201, 409, 409, 409, 409]);
    const kept = await call("GET", "/api/artifacts/race/1.0");
    expect(kept.bytes).toHaveLength(50_000);
    expect(objects().bytes).toBe(await storedBytes());
  });

  it.each([
    ["content-digest", () => `sha-256=:${base64("sha256", bytes)}:`],
    ["repr-digest", () => `md5=:AAAA:, sha=:${base64("sha1", bytes)}:`],
    ["digest", () => `SHA-256=${base64("sha256", bytes)},SHA=${base64("sha1", bytes)}`],
  ])("refuses bytes that differ from the hash in the header %s", async (header, right) => {
    const version = header;
    const wrong = Buffer.from(bytes).fill(0, 0, 1);
    const refused = await put(`digest/${version}`, wrong, { [header]: right() });
    expect(refused.json()).toMatchObject({ status: 400, code: "digest-mismatch" });
    expect((await call("GET", `/api/artifacts/digest/${version}`)).status).toBe(404);
    expect((await put(`digest/${version}`, bytes, { [header]: right() })).status).toBe(201);
    expect(objects().bytes).toBe(await storedBytes());
  });

  it.each([
    ["content-digest", "sha-256=AAAA"],
    ["content-digest", "sha-256=:AAAA:"],
    ["repr-digest", "sha-512=:AAAA:"],
    ["digest", "nothing"],
  ])("refuses the header %s: %s", async (header, text) => {
    expect((await put("digest/9", bytes, { [header]: text })).json()).toMatchObject({ status: 400, field: header });
  });

  it.each([
    ["a name with a slash", "a%2Fb/1", "name"],
    ["a version that begins with a dot", "a/.1", "version"],
  ])("refuses %s", async (_, path, field) => {
    expect((await put(path, bytes)).json()).toMatchObject({ status: 400, code: "invalid-request", field });
  });

  it("refuses an empty body, a body that is too large, and a form", async () => {
    expect((await put("odd/1", Buffer.alloc(0))).json()).toMatchObject({ status: 400, field: "body" });
    const declared = begin("PUT", "/api/artifacts/odd/1", { "content-length": "1000001" });
    declared.on("error", () => {});
    declared.write("x");
    expect((await answerTo(declared)).json()).toMatchObject({ status: 413, code: "payload-too-large" });
    const form = await put("odd/1", bytes, { "content-type": "multipart/form-data; boundary=x" });
    expect(form.json()).toMatchObject({ status: 415, advice: expect.stringContaining("curl -T") });
    expect(objects().bytes).toBe(await storedBytes());
  });

  it("refuses a body of unknown length when it becomes too large, and keeps nothing of it", async () => {
    const sent = begin("PUT", "/api/artifacts/endless/1");
    sent.on("error", () => {});
    const answer = answerTo(sent);
    let refused = false;
    void answer.then(() => {
      refused = true;
    });
    while (!refused && !sent.destroyed) {
      sent.write(bytes);
      await setImmediate();
    }
    expect((await answer).json()).toMatchObject({ status: 413, code: "payload-too-large" });
    expect(objects().bytes).toBe(await storedBytes());
  });

  it("keeps nothing of an interrupted upload", async () => {
    const sent = begin("PUT", "/api/artifacts/cut/1", { "content-length": "300000" });
    sent.on("error", () => {});
    sent.write(bytes.subarray(0, 100_000));
    while (objects().bytes < (await storedBytes()) + 100_000) await setImmediate();
    sent.destroy();
    while (objects().bytes !== (await storedBytes())) await setImmediate();
    expect((await call("GET", "/api/artifacts/cut/1")).status).toBe(404);
    expect(
      await server.node.backbone.buckets.open("artifact-objects", { maxBytes: 1 }).then((b) => b.entries()),
    ).toEqual([]);
  });

  it("may take longer than the time limit of other requests", async () => {
    const sent = begin("PUT", "/api/artifacts/slow/1");
    const began = Date.now();
    // Other bodies have a limit of 300 ms.
    for (let i = 0; Date.now() < began + 700; i++) {
      sent.write(`part ${i}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    sent.end();
    expect((await answerTo(sent)).status).toBe(201);
  });

  it("refuses bytes beyond the account's limit with 507", async () => {
    const created = begin("POST", "/api/accounts", { "content-type": "application/json" });
    created.end('{"id":"full","name":"Full"}');
    expect((await answerTo(created)).status).toBe(201);
    const big = randomBytes(900_000);
    for (let version = 1; version < 5; version++)
      expect((await put(`big/${version}?account=full`, big)).status).toBe(201);
    expect((await put("big/5?account=full", big)).json()).toMatchObject({ status: 507, code: "storage-full" });
    expect((await put("big/1?account=full", big)).status).toBe(200);
    expect((await put("big/5?account=full", big.subarray(0, 100_000))).status).toBe(201);
    expect(objects().bytes).toBe(await storedBytes());
  });
});

async function storedBytes(): Promise<number> {
  type Page = { items: { size: number }[]; next: string | null };
  let bytes = 0;
  for (let next: string | null = ""; next !== null; ) {
    const page: Page = (await call("GET", `/api/artifacts?${next && `cursor=${next}`}`)).json() as unknown as Page;
    for (const { size } of page.items) bytes += size;
    ({ next } = page);
  }
  return bytes;
}

describe("downloading", () => {
  const path = "/api/artifacts/ranges/1.0";
  const data = Buffer.from(Array.from({ length: 1_000 }, (_, i) => i % 251));
  const etag = `"${hex("sha256", data)}"`;
  let modified = "";
  beforeAll(async () => {
    await put("ranges/1.0", data, { "content-type": "text/html" });
    modified = String((await call("HEAD", path)).headers["last-modified"]);
  });

  it("sends the bytes as an attachment that no browser runs, with hash and ETag", async () => {
    const { status, headers, bytes: body } = await call("GET", path);
    expect(status).toBe(200);
    expect(body.equals(data)).toBe(true);
    expect(headers).toMatchObject({
      etag,
      "accept-ranges": "bytes",
      "content-length": "1000",
      "content-type": "text/html",
      "content-disposition": 'attachment; filename="ranges-1.0"',
      "content-security-policy": "sandbox; default-src 'none'",
      "x-content-type-options": "nosniff",
      "repr-digest": `sha-256=:${base64("sha256", data)}:`,
    });
  });

  it("answers HEAD like GET, without the bytes", async () => {
    const { status, headers, bytes: body } = await call("HEAD", path, { range: "bytes=0-9" });
    expect([status, headers["content-length"], headers.etag, body.length]).toEqual([200, "1000", etag, 0]);
  });

  it.each([
    ["bytes=0-0", 0, 1],
    ["bytes=10-19", 10, 20],
    ["bytes=990-", 990, 1_000],
    ["bytes=990-2000", 990, 1_000],
    ["bytes=-1", 999, 1_000],
    ["bytes=-5000", 0, 1_000],
  ])("sends the range %s", async (range, start, end) => {
    const { status, headers, bytes: body } = await call("GET", path, { range });
    expect([status, headers["content-range"], headers["content-length"]]).toEqual([
      206,
      `bytes ${start}-${end - 1}/1000`,
      String(end - start),
    ]);
    expect(body.equals(data.subarray(start, end))).toBe(true);
  });

  it.each(["bytes=1000-", "bytes=1000-1001", "bytes=-0"])("refuses the range %s of 1,000 bytes", async (range) => {
    const answer = await call("GET", path, { range });
    expect(answer.headers["content-range"]).toBe("bytes */1000");
    expect(answer.json()).toMatchObject({ status: 416, code: "range-not-satisfiable", field: "range" });
  });

  it.each(["bytes=5-2", "bytes=0-1,4-5", "items=0-1", "bytes=-", "bytes=a-b"])(
    "ignores the range %s",
    async (range) => {
      expect((await call("GET", path, { range })).status).toBe(200);
    },
  );

  it.each([
    [{ "if-none-match": etag }, 304],
    [{ "if-none-match": `"x", W/${etag}` }, 304],
    [{ "if-none-match": "*" }, 304],
    [{ "if-none-match": '"x"' }, 200],
    [{ "if-match": etag }, 200],
    [{ "if-match": "*" }, 200],
    [{ "if-match": `W/${etag}` }, 412],
    [{ "if-match": '"x"' }, 412],
    [{ "if-modified-since": "Sat, 01 Jan 2000 00:00:00 GMT" }, 200],
    [{ "if-unmodified-since": "Sat, 01 Jan 2000 00:00:00 GMT" }, 412],
    [{ range: "bytes=0-1", "if-range": etag }, 206],
    [{ range: "bytes=0-1", "if-range": `W/${etag}` }, 200],
    [{ range: "bytes=0-1", "if-range": '"x"' }, 200],
    [{ range: "bytes=0-1", "if-range": "Sat, 01 Jan 2000 00:00:00 GMT" }, 200],
    [{ range: "bytes=5000-", "if-range": '"x"' }, 200],
  ] as [Headers, number][])("answers the conditions %j with %i", async (headers, status) => {
    const answer = await call("GET", path, headers);
    expect(answer.status).toBe(status);
    if (status === 304) expect(answer.headers.etag).toBe(etag);
  });

  it("answers 304, 200 and 206 for conditions with its own Last-Modified", async () => {
    expect((await call("GET", path, { "if-modified-since": modified })).status).toBe(304);
    expect((await call("GET", path, { "if-unmodified-since": modified })).status).toBe(200);
    expect((await call("GET", path, { range: "bytes=0-1", "if-range": modified })).status).toBe(206);
  });

  it("answers with a description when only JSON is accepted", async () => {
    const answer = await call("GET", path, { accept: "application/json" });
    expect(answer.json()).toMatchObject({ name: "ranges", version: "1.0", size: 1_000 });
    expect((await call("GET", path, { accept: "application/json, */*" })).bytes).toHaveLength(1_000);
  });

  it("with places for four downloads, refuses a person's third one, but not another person's, until places are free", async () => {
    const { transfers } = server.context;
    const link = async (person: string) =>
      server.node.fleet.artifacts.links.sign({
        ...{ account: "main", name: "ranges", version: "1.0", for: `people/${person}` },
        expires: Math.ceil(Date.now() / 1_000) + 60,
      });
    const own = await link("ann");
    const ends = [1, 2].map(() => transfers.beginDownload({ maker: "people/ann", account: "main" }));
    const refused = await call("GET", own);
    expect(refused.json()).toMatchObject({
      status: 429,
      code: "rate-limited",
      detail: expect.stringMatching(/you have 2/),
    });
    expect(refused.headers["retry-after"]).toBe("10");
    expect((await call("GET", await link("bob"))).status).toBe(200);
    const others = [1, 2].map((id) => transfers.beginDownload({ maker: `devices/${id}`, account: "north" }));
    expect((await call("GET", path)).json()).toMatchObject({ status: 503, code: "unavailable" });
    for (const end of [...ends, ...others]) end();
    for (let i = 0; i < 10; i++) expect((await call("GET", own)).status).toBe(200);
  });
});

describe("signed links", () => {
  const link = async (body: object = {}, path = "links/1.0") => {
    const sent = begin("POST", `/api/artifacts/${path}/links`, { "content-type": "application/json" });
    sent.end(JSON.stringify(body));
    return answerTo(sent);
  };
  const anonymous = async (url: string, headers: Headers = {}) => {
    const sent = httpRequest(url, { headers, agent: false });
    sent.end();
    return answerTo(sent);
  };
  beforeAll(async () => {
    await put("links/1.0", bytes);
    await put("links/2.0", bytes.subarray(1));
  });

  it("download the bytes, or a range of them, without further authentication", async () => {
    const made = await link();
    expect(made.status).toBe(201);
    const url = String(made.json().url);
    expect(new URL(url).host).toBe(`127.0.0.1:${port}`);
    expect((await anonymous(url)).bytes.equals(bytes)).toBe(true);
    expect((await anonymous(url, { range: "bytes=5-6" })).bytes).toHaveLength(2);
    expect(JSON.stringify(server.node.logged)).not.toContain(new URL(url).searchParams.get("signature"));
  });

  it.each([
    ["version", (url: URL) => url.pathname.replace("1.0", "2.0")],
    ["name", (url: URL) => url.pathname.replace("links", "pump")],
  ])("are refused for another %s", async (_, changed) => {
    const url = new URL(String((await link()).json().url));
    url.pathname = changed(url);
    expect((await anonymous(url.href)).json()).toMatchObject({ status: 403, code: "forbidden" });
  });

  it.each([
    ["account", "other"],
    ["for", "people/eve"],
    ["expires", "99999999999"],
    ["signature", "x"],
  ])("are refused with another value of `%s`: %s", async (parameter, value) => {
    const url = new URL(String((await link()).json().url));
    url.searchParams.set(parameter, value);
    expect((await anonymous(url.href)).json()).toMatchObject({ status: 403, code: "forbidden" });
  });

  it("expire after at most 24 hours", async () => {
    const grant = { account: "main", name: "links", version: "1.0", for: "people/admin", expires: 1_000 };
    const url = `http://127.0.0.1:${port}${server.node.fleet.artifacts.links.sign(grant)}`;
    expect((await anonymous(url)).json()).toMatchObject({ status: 403, detail: "this link has expired" });
    expect((await link({ expiresIn: "25h" })).json()).toMatchObject({ status: 400, field: "expiresIn" });
    const { expiresAt } = (await link({ expiresIn: "1h" })).json();
    expect(Math.abs(Date.parse(String(expiresAt)) - Date.now() - 3_600_000)).toBeLessThan(60_000);
  });

  it("end when the version is deleted", async () => {
    await put("links/3.0", bytes.subarray(2));
    const url = String((await link({}, "links/3.0")).json().url);
    expect((await call("DELETE", "/api/artifacts/links/3.0")).status).toBe(204);
    expect((await anonymous(url)).json()).toMatchObject({ status: 404, code: "artifact-unknown" });
  });
});

describe("listing and deleting", () => {
  it("lists versions, and deletes a version with its bytes", async () => {
    await put("gone/1", Buffer.from("one"));
    await put("gone/2", Buffer.from("two"));
    const versions = async () => {
      const { items } = (await call("GET", "/api/artifacts?name=gone&sort=name")).json();
      return (items as { version: string }[]).map(({ version }) => version);
    };
    expect(await versions()).toEqual(["1", "2"]);
    expect((await call("DELETE", "/api/artifacts/gone/1")).status).toBe(204);
    expect((await call("DELETE", "/api/artifacts/gone/1")).status).toBe(204);
    expect(await versions()).toEqual(["2"]);
    expect((await call("GET", "/api/artifacts/gone/1")).json()).toMatchObject({
      status: 404,
      code: "artifact-unknown",
    });
    expect(objects().bytes).toBe(await storedBytes());
    expect((await put("gone/1", Buffer.from("other"))).json()).toMatchObject({ code: "artifact-exists" });
    expect((await put("gone/1", Buffer.from("one"))).status).toBe(201);
  });

  it("answers 404 for a version that was never stored", async () => {
    for (const method of ["GET", "DELETE"])
      expect((await call(method, "/api/artifacts/never/1")).json()).toMatchObject({ code: "artifact-unknown" });
  });

  it("answers 401 for a wrong token", async () => {
    for (const [method, path] of [
      ["GET", "/api/artifacts"],
      ["GET", "/api/artifacts/pump/1.0"],
      ["PUT", "/api/artifacts/pump/1.0"],
      ["DELETE", "/api/artifacts/pump/1.0"],
      ["POST", "/api/artifacts/pump/1.0/links"],
    ] as const)
      expect((await call(method, path, { authorization: "Bearer wrong" })).status).toBe(401);
  });
});
