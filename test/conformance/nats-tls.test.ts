import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { backboneOptions, connectBackbone, declareStreams } from "@fleetlog/log";
import { logSettings } from "@fleetlog/log/settings";
import { startSettings } from "@fleetlog/runtime/node";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Authority } from "../support/certificates.ts";
import { startTestNats, type TestNats } from "../support/nats.ts";

const MIB = 1024 ** 2;
const streams = declareStreams({
  FLEET: { maxBytes: 16 * MIB, replicas: 1 },
  TELEMETRY: { maxBytes: 16 * MIB, replicas: 1 },
});
const ours = new Authority("Ours");
const theirs = new Authority("Theirs");

let folder: string;
let nats: TestNats;
const at = (name: string) => join(folder, name);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "fleetlog-nats-tls-"));
  const write = (name: string, { cert, key }: { cert: string; key: string }) =>
    Promise.all([writeFile(at(`${name}.pem`), cert), writeFile(at(`${name}.key`), key, { mode: 0o600 })]);
  await Promise.all([
    writeFile(at("ours.pem"), ours.cert),
    writeFile(at("theirs.pem"), theirs.cert),
    write("server", ours.issue({ names: ["nats"], usage: "server" })),
    write("client", ours.issue({ names: ["gateway-1"] })),
    write("other-authority", theirs.issue({ names: ["gateway-1"] })),
  ]);
  nats = await startTestNats({
    extra: `tls { cert_file: "${at("server.pem")}", key_file: "${at("server.key")}", ca_file: "${at("ours.pem")}", verify: true }\n`,
  });
});
afterAll(async () => {
  await nats.cleanup();
  await rm(folder, { recursive: true });
});

const client = { FLEETLOG_NATS_CERT: "client.pem", FLEETLOG_NATS_KEY: "client.key" };

async function connect(files: Readonly<Record<string, string>>, url = nats.url) {
  const paths = Object.fromEntries(Object.entries(files).map(([name, file]) => [name, at(file)]));
  const settings = startSettings(logSettings, { FLEETLOG_NATS_URL: url, ...paths });
  const options = await backboneOptions(settings, "gateway");
  const backbone = await connectBackbone({ ...options, streams, name: "tls", connectWithinMs: 1_000 });
  const { lastSeq } = await backbone.log.state("FLEET");
  await backbone.close({ timeoutMs: 50 });
  return lastSeq;
}

describe("a process that connects to NATS by TLS", () => {
  it("trusts a server of the given authority, and shows it a certificate", async () => {
    expect(await connect({ FLEETLOG_NATS_CA: "ours.pem", ...client })).toBe(0);
    expect(await connect({ FLEETLOG_NATS_CA: "ours.pem", ...client }, nats.url.replace("nats:", "tls:"))).toBe(0);
  });

  it.each([
    ["another authority is given", { FLEETLOG_NATS_CA: "theirs.pem", ...client }],
    ["no authority is given", client],
  ])("refuses a server at once if %s, and the error has advice", async (_, files) => {
    await expect(connect(files)).rejects.toMatchObject({
      code: "log-unavailable",
      message: expect.stringMatching(/^nats-server at \S+ can't be trusted: its certificate is signed by an unknown/),
      advice: expect.stringContaining("FLEETLOG_NATS_CA"),
    });
  });

  it("names the settings to check if the server refuses the client's certificate or gets none", async () => {
    const ofOtherAuthority = { FLEETLOG_NATS_CERT: "other-authority.pem", FLEETLOG_NATS_KEY: "other-authority.key" };
    const tries = [{}, ofOtherAuthority].map((files) => connect({ FLEETLOG_NATS_CA: "ours.pem", ...files }));
    for (const each of await Promise.allSettled(tries))
      expect(each).toMatchObject({
        status: "rejected",
        reason: { code: "log-unavailable", advice: expect.stringContaining("FLEETLOG_NATS_CERT") },
      });
  });

  it("refuses a server without TLS if an authority or a tls: address is given", async () => {
    await using plain = await startTestNats();
    const tls = { message: expect.stringContaining("has no TLS"), advice: expect.stringContaining("FLEETLOG_NATS_CA") };
    await expect(connect({ FLEETLOG_NATS_CA: "ours.pem" }, plain.url)).rejects.toMatchObject(tls);
    await expect(connect({}, plain.url.replace("nats:", "tls:"))).rejects.toMatchObject(tls);
    expect(await connect({}, plain.url)).toBe(0);
  });

  it("refuses, before it connects, a key that every user can read", async () => {
    await writeFile(at("open.key"), await readFile(at("client.key")));
    await chmod(at("open.key"), 0o644);
    const files = { FLEETLOG_NATS_CERT: "client.pem", FLEETLOG_NATS_KEY: "open.key" };
    await expect(connect(files)).rejects.toThrow(/FLEETLOG_NATS_KEY is .*, which every user can read \(mode 644\)/);
  });

  it("refuses, before it connects, a key that belongs to another certificate", async () => {
    const files = { FLEETLOG_NATS_CERT: "client.pem", FLEETLOG_NATS_KEY: "other-authority.key" };
    await expect(connect(files)).rejects.toThrow(/FLEETLOG_NATS_KEY is .* can't be used with FLEETLOG_NATS_CERT/);
  });
});
