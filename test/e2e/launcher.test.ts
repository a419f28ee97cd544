import { randomBytes } from "node:crypto";
import { chmod, cp, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type NatsAccess, readAccess } from "@fleetlog/log";
import { KurrentDBClient } from "@kurrent/kurrentdb-client";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Api } from "../support/api.ts";
import { eventually } from "../support/eventually.ts";
import { type HttpReceiver, startReceiver } from "../support/http-receiver.ts";
import { BUNDLES, type RunningProcess, startProcess } from "../support/processes.ts";
import { publishRaw, requestRaw } from "../support/raw-nats.ts";
import { expectOpened, type Sealed, sealWith } from "../support/sealed.ts";

const DEVICE = "sim-thermometer-0001";

interface LauncherReady {
  readonly httpPort: number;
  readonly mqttPort: number;
  readonly token: string;
}

let dataDir: string;
let launcher: RunningProcess<LauncherReady> | undefined;
let receiver: HttpReceiver;

beforeAll(async () => {
  receiver = await startReceiver();
  dataDir = await mkdtemp(join(tmpdir(), "fleetlog-start-"));
});

afterAll(async () => {
  await launcher?.stop();
  await receiver[Symbol.asyncDispose]();
  await rm(dataDir, { recursive: true, force: true });
});

async function start(env: Readonly<Record<string, string>> = {}, ...args: readonly string[]): Promise<Api> {
  const ports = { FLEETLOG_HTTP_PORT: "0", FLEETLOG_MQTT_PORT: "0", FLEETLOG_NATS_PORT: "0" };
  const all = {
    ...BUNDLES,
    FLEETLOG_DATA_DIR: dataDir,
    ...ports,
    FLEETLOG_FLEET: "3",
    FLEETLOG_CHANNEL_NETWORKS: "127.0.0.1",
    ...env,
  };
  launcher = await startProcess<LauncherReady>("infra/src/main.ts", all, { args });
  const { httpPort, token } = launcher.ready;
  return new Api(`http://127.0.0.1:${httpPort}`, token);
}

async function troubles(): Promise<unknown[]> {
  const names = ["gateway", "projector", "reactors", "historian", "fleet"];
  const logs = await Promise.all(names.map((name) => readFile(join(dataDir, "logs", `${name}.log`), "utf8")));
  const lines = logs.flatMap((log) => log.split("\n")).filter((line) => line.startsWith("{"));
  expect(lines.length).toBeGreaterThan(names.length);
  const entries = lines.map((line) => JSON.parse(line) as { level: number; status?: number });
  return entries.filter(({ level, status = 0 }) => level > 30 || status >= 400);
}

const connected = (api: Api) =>
  eventually(async () => {
    const { items, total } = await api.devices("?status=connected&dialect=native");
    expect(total).toBe(3);
    return items.map(({ id }) => id);
  });

function access(): NatsAccess & { readonly port: number } {
  const found = readAccess(dataDir);
  if (found === undefined) throw new Error("the launcher wrote no passwords");
  return { ...found, port: Number(new URL(found.url).port) };
}

async function openToOthers(): Promise<string[]> {
  const entries = await readdir(dataDir, { recursive: true });
  const modes = await Promise.all(
    ["", ...entries].map(
      async (entry) => [entry, (await stat(join(dataDir, entry)).catch(() => undefined))?.mode] as const,
    ),
  );
  return modes.filter(([, mode = 0]) => (mode & 0o077) !== 0).map(([entry]) => entry);
}

/** Types of a device's first events, read by the official client of KurrentDB from the port that the launcher shows. */
async function kurrentEventsOf(api: Api, device: string, count: number): Promise<(string | undefined)[]> {
  const [, address] = /clients of KurrentDB by TLS on (127\.0\.0\.1:\d+)/.exec(launcher?.logs().join("\n") ?? "") ?? [];
  const ca = join(dataDir, "ca.pem");
  await writeFile(ca, (await api.call<string>("GET", "/api/authority")).body);
  const { body } = await api.call<{ key: string }>("POST", "/api/api-keys", { name: "analyst", role: "admin" });
  const client = KurrentDBClient.connectionString(`kurrentdb://analyst:${body.key}@${address}?tlsCaFile=${ca}`);
  const types: (string | undefined)[] = [];
  try {
    for await (const { event } of client.readStream(`device-${device}`, { maxCount: count })) types.push(event?.type);
  } finally {
    await client.dispose();
  }
  return types;
}

// A start takes seconds of processor time, so the tests share three starts, each with the data of the previous one.
describe("npm start", { timeout: 300_000 }, () => {
  let api: Api;
  let ids: string[];
  let sealed: Sealed;
  let first: { readonly events: Awaited<ReturnType<Api["events"]>>; readonly passwords: NatsAccess["passwords"] };
  const keyFile = () => join(dataDir, "installation-key");

  it("starts everything with simulated devices", async () => {
    api = await start();
    expect(launcher?.logs().join("\n")).toContain("fleet: 3 simulated devices are connected");
    ids = await connected(api);
    const answered = await api.command(DEVICE, { name: "read-now" }, "?wait=10s");
    expect(answered.body).toMatchObject({ state: "completed", result: { celsius: expect.any(Number) } });
    await api.register("kept");
    expect(await troubles()).toEqual([]);
    expect(await openToOthers()).toEqual([]);
  });

  it("reports the running nats-server, and that acknowledged events are on disk", async () => {
    const { body } = await api.call<{ nats: object }>("GET", "/readyz");
    expect(body.nats).toMatchObject({ version: expect.stringMatching(/^\d+\.\d+/), acknowledged: "on-disk" });
    expect(launcher?.logs().join("\n")).toMatch(
      /✓ nats-server: \S+ on 127\.0\.0\.1:\d+; what is acknowledged is on disk/,
    );
    expect((await api.call<{ nats: object }>("GET", "/api/system")).body.nats).toEqual(body.nats);
  });

  it("refuses clients without a password at its nats-server, and gives each process only its permissions", async () => {
    const { port, passwords } = access();
    const forged = JSON.stringify({ status: "valid", operator: { id: "me", name: "me", role: "admin" } });
    await expect(publishRaw(port, "$KV.operators.operator.0123", forged)).rejects.toThrow("Authorization");
    const projector = { user: "projector", pass: passwords.projector };
    await expect(publishRaw(port, `fleet.device.${DEVICE}`, "{}", projector)).rejects.toThrow("Permissions");
    const commandLines = await readFile(join(dataDir, "launcher.json"), "utf8").then((text) =>
      Promise.all(
        Object.values(JSON.parse(text).parts as Record<string, { pid: number }>).map(({ pid }) =>
          readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => ""),
        ),
      ),
    );
    for (const password of Object.values(passwords)) expect(commandLines.join()).not.toContain(password);

    const operator = { user: "operator", pass: passwords.operator };
    expect(await requestRaw(port, "$JS.API.STREAM.INFO.FLEET", {}, operator)).toMatchObject({
      config: { name: "FLEET" },
    });
    const second = await startProcess<unknown>("services/projections/src/main.ts", {
      FLEETLOG_DATA_DIR: dataDir,
      FLEETLOG_PROJECTOR_NAME: "second",
    });
    await eventually(async () => {
      const { body } = await api.call<{ projectors: { id: string; state: string }[] }>("GET", "/api/system");
      expect(body.projectors).toContainEqual(expect.objectContaining({ id: "second", state: "live" }));
    });
    await second.stop();
  });

  it("stops in order", async () => {
    first = { events: await api.events(DEVICE), passwords: access().passwords };
    expect(await launcher?.stop()).toBe(0);
    expect(launcher?.logs().join("\n")).toMatch(
      /fleet stopped[\s\S]*reactors stopped[\s\S]*gateway stopped[\s\S]*projector stopped[\s\S]*nats-server stopped/,
    );
  });

  it("refuses to start with an installation key that other users can read, and does not change the key", async () => {
    await chmod(keyFile(), 0o644);
    await expect(start()).rejects.toThrow(
      /ended with 78 .*\n[\s\S]*installation-key is the installation key, and every user/,
    );
    expect((await stat(keyFile())).mode & 0o777).toBe(0o644);
    await chmod(keyFile(), 0o600);
  });

  it("continues with devices of older systems; makes a data folder that others could read private, and changes the passwords", async () => {
    const entries = await readdir(dataDir, { recursive: true, withFileTypes: true });
    for (const entry of entries) {
      if (entry.name === "installation-key") continue;
      await chmod(join(entry.parentPath, entry.name), entry.isDirectory() ? 0o755 : 0o644);
    }
    await chmod(dataDir, 0o755);
    const names = ["HTTPS", "MQTTS", "KURRENT", "EDGEBIND", "LIBPYIOTCLOUD", "TPEDM"];
    const ports = Object.fromEntries(names.map((name) => [`FLEETLOG_${name}_PORT`, "0"]));
    api = await start(ports, "--fleet", "older");
    expect(await openToOthers()).toEqual([]);
    expect(Object.values(access().passwords)).not.toEqual(expect.arrayContaining([first.passwords.gateway]));
    expect(await connected(api)).toEqual(ids);
    const inFleet = first.events.map(({ type }) => type).filter((type) => type !== "TelemetryReported");
    expect(await kurrentEventsOf(api, DEVICE, inFleet.length)).toEqual(inFleet);
    const after = await api.events(DEVICE);
    expect(after.slice(0, first.events.length)).toEqual(first.events);
    expect((await api.devices("?dialect=native")).total).toBe(4);
    await eventually(async () => {
      const { items } = await api.devices("?status=connected&limit=100");
      const dialects = new Set(items.map(({ dialect = "native" }) => dialect));
      expect([...dialects].sort()).toEqual(["edgebind", "kura", "libpyiotcloud", "native", "tpedm"]);
    });
    // nats-server reserves the size of each stream: there must be enough for all of them.
    expect((await api.call("PUT", "/api/artifacts/pump/1.0", { any: "bytes" })).status).toBe(201);
    sealed = await sealWith(api, receiver, "kept");
    expect(await launcher?.stop()).toBe(0);
  });

  it("opens sealed data from a copy of data folder and installation key; changes nothing without the right key", async () => {
    const copy = await mkdtemp(join(tmpdir(), "fleetlog-copy-"));
    await cp(dataDir, copy, { recursive: true });
    await rm(dataDir, { recursive: true });

    await cp(copy, dataDir, { recursive: true });
    await rm(keyFile());
    await expect(start()).rejects.toThrow(/this installation has a key .*, and there is none in/);
    await expect(stat(keyFile())).rejects.toThrow("ENOENT");
    const other = randomBytes(32).toString("base64url");
    await expect(start({ FLEETLOG_INSTALLATION_KEY: other })).rejects.toThrow(
      /FLEETLOG_INSTALLATION_KEY is not this installation's key/,
    );

    await cp(join(copy, "installation-key"), keyFile());
    const copied = await start();
    expect((await copied.device("kept")).id).toBe("kept");
    await expectOpened(copied, receiver, "kept", sealed);
    await rm(copy, { recursive: true });
  });
});
