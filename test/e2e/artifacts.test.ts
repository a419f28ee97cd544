import { execFile } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { ReadableStream } from "node:stream/web";
import { promisify } from "node:util";
import type { ArtifactResource } from "@fleetlog/protocol";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { eventually } from "../support/eventually.ts";
import { requestRaw } from "../support/raw-nats.ts";
import { residentBytes } from "../support/resident.ts";
import { type Stack, startStack } from "../support/stack.ts";

const run = promisify(execFile);
const MIB = 1024 ** 2;

async function* blocks(mebibytes: number): AsyncGenerator<Buffer> {
  const block = Buffer.alloc(MIB, "0123456789abcdef");
  for (let i = 0; i < mebibytes; i++) yield block;
}

describe.each(["jetstream", "folder"])("artifacts in %s", (where) => {
  let stack: Stack;
  let folder = "";
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "fleetlog-artifacts-"));
    stack = await startStack({
      freesMemory: true,
      env: {
        FLEETLOG_ARTIFACTS: where === "folder" ? join(folder, "store") : where,
        FLEETLOG_DOWNLOAD_RATE: "1GiB",
        FLEETLOG_DOWNLOAD_TOTAL_RATE: "1GiB",
      },
    });
  });
  afterAll(async () => {
    await stack[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });

  const url = (path: string) => `${stack.api.url}/api/artifacts/${path}`;
  const bearer = () => ({ authorization: `Bearer ${stack.adminToken}` });

  /** Bytes in the store, including unfinished uploads. */
  async function used(): Promise<number> {
    if (where === "jetstream") {
      const info = await requestRaw(stack.nats.port, "$JS.API.STREAM.INFO.OBJ_artifacts");
      return (info as { readonly state?: { readonly bytes: number } }).state?.bytes ?? 0;
    }
    const names = await readdir(join(folder, "store"), { recursive: true }).catch(() => []);
    const sizes = names.map(async (name) => {
      const found = await stat(join(folder, "store", name)).catch(() => undefined);
      return found?.isFile() ? found.size : 0;
    });
    return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
  }

  it("are uploaded and downloaded without being held in memory", async () => {
    const mebibytes = 256;
    const sent = createHash("sha256");
    for await (const block of blocks(mebibytes)) sent.update(block);
    const sha256 = sent.digest("hex");
    const { pid } = stack.gateways[0]?.process ?? { pid: 0 };
    const before = residentBytes(pid);
    let most = before;
    const watching = setInterval(() => {
      most = Math.max(most, residentBytes(pid));
    }, 200);
    const answer = await fetch(url("big/1"), {
      method: "PUT",
      headers: bearer(),
      body: Readable.toWeb(Readable.from(blocks(mebibytes))),
      duplex: "half",
    } as RequestInit);
    expect(await answer.json()).toMatchObject({ size: mebibytes * MIB, sha256 });
    const read = await fetch(url("big/1"), { headers: bearer() });
    const hash = createHash("sha256");
    await pipeline(Readable.fromWeb(read.body as ReadableStream), hash);
    clearInterval(watching);
    expect(hash.digest("hex")).toBe(sha256);
    expect(most - before).toBeLessThan(192 * MIB);
  }, 120_000);

  it("leave nothing of an upload when the gateway is killed during the upload", async () => {
    const [gateway] = stack.gateways;
    if (gateway === undefined) throw new Error("no gateway");
    const before = await used();
    const { port, hostname } = new URL(stack.api.url);
    const sent = request({ hostname, port, method: "PUT", path: "/api/artifacts/cut/1", headers: bearer() });
    sent.on("error", () => {});
    sent.write(randomBytes(8 * MIB));
    await eventually(async () => expect(await used()).toBeGreaterThan(before + 4 * MIB));
    await gateway.process.kill();
    expect(await used()).toBeGreaterThan(before + 4 * MIB);
    await gateway.restart();
    await eventually(async () => expect(await used()).toBe(before));
    expect((await stack.api.call("GET", "/api/artifacts/cut/1")).status).toBe(404);
    const { body } = await stack.api.call<{ items: ArtifactResource[] }>("GET", "/api/artifacts?name=cut");
    expect(body.items).toEqual([]);
  });

  it("are downloaded by curl, which continues after an interruption", async () => {
    const bytes = randomBytes(3 * MIB);
    const [source, target] = [join(folder, "source"), join(folder, "target")];
    await writeFile(source, bytes);
    const token = `Authorization: Bearer ${stack.adminToken}`;
    await run("curl", ["-sSf", "-H", token, "-T", source, url("resumed/1")]);
    await writeFile(target, bytes.subarray(0, MIB + 17));
    const { stdout } = await run("curl", [
      "-sSf",
      "-H",
      token,
      "-C",
      "-",
      "-o",
      target,
      "-w",
      "%{http_code} %{size_download}",
      url("resumed/1"),
    ]);
    expect(stdout).toBe(`206 ${2 * MIB - 17}`);
    expect((await readFile(target)).equals(bytes)).toBe(true);
  });

  it("leave no bytes in the store after their deletion", async () => {
    expect((await stack.api.call("DELETE", "/api/artifacts/big/1")).status).toBe(204);
    await eventually(async () => expect(await used()).toBeLessThan(4 * MIB));
  });
});
