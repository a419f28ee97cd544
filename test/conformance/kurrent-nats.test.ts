import { spawn } from "node:child_process";
import { randomBytes, type X509Certificate } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { connect as connectTls } from "node:tls";
import { fileURLToPath } from "node:url";
import { type FleetEvent, toEvent } from "@fleetlog/domain";
import { hostKurrent, type KurrentHost } from "@fleetlog/history/kurrent";
import { ApiKeys, answerServers, certificateAuthority, People, sealerOf } from "@fleetlog/identity";
import { launcherUsers, newPasswords } from "@fleetlog/infra/nats-server";
import { type Backbone, connectBackbone, declareStreams, type NatsRole } from "@fleetlog/log";
import { AccessDeniedError, type AllStreamSubscription, END, KurrentDBClient, START } from "@kurrent/kurrentdb-client";
import { afterAll, beforeAll, expect, it } from "vitest";
import { Authority } from "../support/certificates.ts";
import { eventually } from "../support/eventually.ts";
import { startTestNats, type TestNats } from "../support/nats.ts";

const SAMPLE = fileURLToPath(new URL("../../simulators/samples/kurrent.mjs", import.meta.url));
const MIB = 1024 ** 2;
const STREAMS = declareStreams({
  FLEET: { maxBytes: 64 * MIB, replicas: 1 },
  TELEMETRY: { maxBytes: 16 * MIB, replicas: 1 },
});
const passwords = newPasswords();

const authority = new Authority();

let nats: TestNats;
let folder: string;
let gateway: Backbone;
let historian: Backbone;
let endpoint: KurrentHost;
let apiKeys: ApiKeys;
let port = 0;
const clients: KurrentDBClient[] = [];

beforeAll(async () => {
  nats = await startTestNats({ extra: launcherUsers(passwords) });
  folder = await mkdtemp(join(tmpdir(), "fleetlog-kurrent-"));
  await writeFile(file("ca"), authority.cert);
  await writeCertificate();
  gateway = await connect("gateway");
  apiKeys = new ApiKeys(gateway.buckets, new People(gateway.buckets, (address) => address));
  await startHistorian();
});
afterAll(async () => {
  await Promise.all(clients.map((client) => client.dispose()));
  await endpoint.close();
  await Promise.all([gateway, historian].map((backbone) => backbone.close({ timeoutMs: 50 })));
  await nats.cleanup();
  await rm(folder, { recursive: true, force: true });
});

function file(name: string): string {
  return join(folder, `${name}.pem`);
}

/** @returns its serial */
async function writeCertificate(): Promise<string> {
  const { cert, key, serial } = authority.issue({ names: ["historian"], usage: "server" });
  await Promise.all([writeFile(file("cert"), cert), writeFile(file("key"), key)]);
  return serial.toString("hex");
}

/** The certificate that the endpoint shows to new connections. */
async function shownBy({ port: of }: KurrentHost): Promise<X509Certificate> {
  const socket = connectTls({ port: of, host: "127.0.0.1", ALPNProtocols: ["h2"], rejectUnauthorized: false });
  await once(socket, "secureConnect");
  const certificate = socket.getPeerX509Certificate() as X509Certificate;
  socket.destroy();
  return certificate;
}

function connect(role: NatsRole): Promise<Backbone> {
  const login = () => ({ user: role, password: passwords[role] });
  return connectBackbone({ url: nats.url, name: role, role, login, streams: STREAMS });
}

type HostOptions = Parameters<typeof hostKurrent>[0];

/** A host of the endpoint that has only the permissions of a historian in NATS. */
function host(settings: HostOptions["settings"], name: string, more: Partial<HostOptions> = {}): KurrentHost {
  const logger = { info() {}, warn() {}, error: (details: object) => console.error(details) };
  const telemetryRepeats = { seq: Number.POSITIVE_INFINITY, isRepeat: () => false };
  const options = { settings, backbone: historian, folder: join(folder, name), telemetryRepeats, logger };
  const hosted = hostKurrent({ ...options, ...more });
  if (hosted === undefined) throw new Error("the endpoint is off");
  return hosted;
}

async function startHistorian(): Promise<void> {
  historian = await connect("historian");
  const settings = { host: "127.0.0.1", kurrentPort: port, tlsCert: file("cert"), tlsKey: file("key") };
  endpoint = host(settings, "historian", { reloadMs: 50 });
  await endpoint.started;
  port = endpoint.port;
}

async function restartHistorian(): Promise<void> {
  await endpoint.close();
  await historian.close();
  await startHistorian();
}

async function newKey(
  of = endpoint,
  ca = file("ca"),
): Promise<{ readonly id: string; readonly key: string; readonly client: KurrentDBClient }> {
  const made = apiKeys.make();
  await apiKeys.add(made, { name: "analyst", role: "admin", account: "main", owner: "admin" });
  const client = KurrentDBClient.connectionString(
    `kurrentdb://analyst:${made.key}@127.0.0.1:${of.port}?tlsCaFile=${ca}`,
  );
  clients.push(client);
  return { ...made, client };
}

let count = 0;
async function append(device: string): Promise<number> {
  const body = { type: "DeviceEventReported", data: { name: "n", data: {} } } as Parameters<typeof toEvent>[0];
  const frame = { id: `e${++count}`, source: `/devices/${device}`, time: new Date().toISOString(), entity: device };
  return (await gateway.log.append(toEvent(body, frame) as FleetEvent)).seq;
}

async function all(client: KurrentDBClient): Promise<string[]> {
  const found: string[] = [];
  for await (const { event } of client.readAll())
    found.push(`${event?.position?.commit} ${event?.streamId} ${event?.revision}`);
  return found;
}

it("a subscription survives a restart of nats-server, and can be continued after a restart of the historian", async () => {
  const { client } = await newKey();
  const seen: number[] = [];
  const follow = (subscription: AllStreamSubscription) =>
    subscription.on("data", ({ event }) => void seen.push(Number(event?.position?.commit)));
  const errors: Error[] = [];
  follow(client.subscribeToAll({ fromPosition: START })).on("error", (error) => void errors.push(error));
  for (let i = 0; i < 100; i++) await append(`pump-${i % 3}`);
  await eventually(() => expect(seen).toHaveLength(100));

  await nats.stop();
  await nats.start();
  for (let i = 0; i < 20; i++) await append("pump-1");
  await eventually(() => expect(seen).toHaveLength(120));
  expect(errors).toEqual([]);

  const before = await all(client);
  await restartHistorian();
  await eventually(() => expect(errors).toHaveLength(1));
  await append("pump-2");
  const last = BigInt(seen.at(-1) ?? 0);
  follow(client.subscribeToAll({ fromPosition: { commit: last, prepare: last } }));
  await eventually(() => expect(seen).toHaveLength(121));
  expect(seen).toEqual([...seen.keys()].map((index) => index + 1));
  // The restarted historian continues the ordinals from its saved index.
  expect(await all(client)).toEqual([...before, "121 device-pump-2 33"]);
});

it("a renewed certificate is used for new connections, and running subscriptions continue", async () => {
  const { client } = await newKey();
  const errors: Error[] = [];
  const seen: number[] = [];
  const subscription: AllStreamSubscription = client.subscribeToAll({ fromPosition: END });
  subscription
    .on("error", (error) => void errors.push(error))
    .on("data", (found) => {
      seen.push(Number(found.event?.position?.commit));
    });
  await new Promise((confirmed) => subscription.once("confirmation", confirmed));
  const serial = await writeCertificate();
  await eventually(async () => expect((await shownBy(endpoint)).serialNumber.toLowerCase()).toBe(serial));
  const seq = await append("pump-2");
  await eventually(() => expect(seen).toEqual([seq]));
  expect(errors).toEqual([]);
  await subscription.unsubscribe();
  const other = await newKey();
  expect((await all(other.client)).length).toBeGreaterThan(0);
});

it("without certificate files a gateway certifies the endpoint's key, and renews the certificate before its end", async () => {
  let ahead = 0;
  const settings = { host: "127.0.0.1", kurrentPort: 0, publicUrl: "https://fleet.example" };
  const own = host(settings, "auto", { clock: () => Date.now() + ahead, reloadMs: 50 });
  try {
    expect(await Promise.race([own.started.then(() => "started"), setTimeout(700, "waits")])).toBe("waits");
    const sealer = sealerOf(randomBytes(32));
    const platform = certificateAuthority({ buckets: gateway.buckets, sealer, clock: () => Date.now() + ahead });
    answerServers(gateway.bus, platform);
    await own.started;
    const root = (await platform.chain()).split(/(?<=-----END CERTIFICATE-----\n)/)[1] ?? "";
    await writeFile(file("root"), root);
    const { client } = await newKey(own, file("root"));
    expect((await all(client)).length).toBeGreaterThan(0);
    const first = await shownBy(own);
    expect(first.checkHost("fleet.example")).toBe("fleet.example");
    ahead = 61 * 86_400_000;
    await eventually(async () => expect((await shownBy(own)).serialNumber).not.toBe(first.serialNumber));
  } finally {
    await own.close();
  }
});

it("a revoked key loses its running subscription, and can't read any more", async () => {
  const { id, client } = await newKey();
  const errors: Error[] = [];
  client
    .subscribeToAll()
    .on("error", (error) => void errors.push(error))
    .resume();
  expect((await all(client)).length).toBeGreaterThan(0);
  await apiKeys.revoke(id);
  await eventually(() => expect(errors).toHaveLength(1), 2_000);
  expect(errors[0]).toBeInstanceOf(AccessDeniedError);
  await expect(all(client)).rejects.toThrow(AccessDeniedError);
});

it("a read from the middle of a device's stream finds the revision among the events of many devices", async () => {
  const { client } = await newKey();
  const expected: number[] = [];
  for (let i = 0; i < 400; i++) {
    const seq = await append(i % 7 === 0 ? "rare" : `other-${i % 5}`);
    if (i % 7 === 0) expected.push(seq);
  }
  for (const [revision, seq] of [...expected.entries()].filter((_, at) => at % 9 === 0)) {
    for await (const { event } of client.readStream("device-rare", { fromRevision: BigInt(revision), maxCount: 1 }))
      expect([event?.revision, event?.position?.commit]).toEqual([BigInt(revision), BigInt(seq)]);
  }
});

it("the sample prints a device's newest events, follows all devices, and resumes where it stopped", async () => {
  const { key } = await newKey();
  const position = join(folder, "position.json");
  const { lastSeq } = await gateway.log.state("FLEET");
  const run = () => {
    const connection = `kurrentdb://analyst:${key}@127.0.0.1:${port}?tlsCaFile=${file("ca")}`;
    const child = spawn(process.execPath, [SAMPLE, "pump-1", position], {
      env: { ...process.env, FLEETLOG_KURRENT: connection },
      stdio: ["ignore", "pipe", "inherit"],
    });
    let output = "";
    child.stdout.on("data", (text: Buffer) => {
      output += text;
    });
    // The client says that it has caught up before the last events are read.
    const lines = () => output.trim().split("\n");
    return {
      child,
      caughtUp: () => lines().includes("caught up"),
      lines: () => lines().filter((line) => line !== "caught up"),
    };
  };
  const first = run();
  await eventually(() => expect(first.lines()).toHaveLength(5 + lastSeq));
  expect(first.caughtUp()).toBe(true);
  expect(first.lines().slice(0, 5)).toEqual(
    Array.from({ length: 5 }, (_, i) => expect.stringMatching(`^device-pump-1 ${52 - i} DeviceEventReported \\d{4}-`)),
  );
  const next = await append("pump-1");
  await eventually(() => expect(first.lines().at(-1)).toBe(`${next} device-pump-1 DeviceEventReported`));
  await eventually(async () => expect(await readFile(position, "utf8")).toBe(String(next)));
  first.child.kill("SIGKILL");
  const later = await append("pump-2");
  const second = run();
  await eventually(() => expect(second.caughtUp()).toBe(true));
  await eventually(() => expect(second.lines().slice(5)).toEqual([`${later} device-pump-2 DeviceEventReported`]));
  second.child.kill("SIGKILL");
});
