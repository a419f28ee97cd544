import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { FleetEvent } from "@fleetlog/domain";
import { connectBackbone, declareStreams } from "@fleetlog/log";
import { FleetHistory } from "@fleetlog/projections/fixtures";
import type { SystemResource } from "@fleetlog/protocol";
import { afterAll, beforeAll, expect, it } from "vitest";
import { connectMqttDevice } from "../support/devices/mqtt.ts";
import { eventually } from "../support/eventually.ts";
import type { TestNats } from "../support/nats.ts";
import { RUNTIME } from "../support/processes.ts";
import { requestRaw } from "../support/raw-nats.ts";
import { type Stack, startStack } from "../support/stack.ts";

const MAIN = fileURLToPath(new URL("../../infra/src/import-history/main.ts", import.meta.url));
const EVENTS = 20_000;
const STREAMS = { fleet: "", telemetry: "category=telemetry", access: "category=access" };
/** Queries of all views, on rows of all kinds. */
const QUERIES = [
  ...["devices.list?counts=true&limit=500", "devices.summary", "devices.get?id=pump-1", "devices.declared?ids=pump-1"],
  ...["commands.list?limit=500", "types.list", "groups.list?account=main", "catalogues.list", "scans.list"],
  ...["updates.list", "artifacts.list", "provisionRequests.list", "enrolmentGroups.list", "claimCodes.list"],
  ...["gateways.list", "accounts.list", "people.list", "channels.list", "configuration.get?id=pump-1"],
  ...["acts.list?limit=1000", "refusals.list?limit=1000", "signIns.list?limit=1000"],
];
/** Fields that are sealed in events. Only the installation that wrote the events can open them. */
const PERSONAL = new Set(["email", "userName", "givenName", "familyName", "address"]);

const folder = mkdtempSync(join(tmpdir(), "fleetlog-import-history-"));
const files: Record<string, string> = {};
let source: Stack;
let target: Stack | undefined;
let last = 0;

async function writeHistory({ url }: TestNats): Promise<void> {
  const limits = { maxBytes: 1024 ** 3, replicas: 1 };
  const streams = declareStreams({ FLEET: limits, TELEMETRY: limits });
  const { log, close } = await connectBackbone({ url, name: "history", streams });
  const fleet = new FleetHistory(200, 5);
  const events = [...fleet.registrations(), ...fleet.next(EVENTS)].filter(({ stream }) => stream === "FLEET");
  await Promise.all(events.map(({ seq: _, stream: __, ...event }) => log.append(event as FleetEvent)));
  await close();
}

async function exported(name: string, query: string): Promise<string> {
  const answer = await fetch(`${source.api.url}/api/history/export?${query}`, {
    headers: { authorization: `Bearer ${source.adminToken}` },
  });
  expect(answer.status).toBe(200);
  const file = join(folder, `${name}.jsonl`);
  writeFileSync(file, await answer.text());
  if (name === "fleet") last = Number(answer.headers.get("fleetlog-to"));
  return file;
}

beforeAll(async () => {
  source = await startStack({ historians: 1, before: writeHistory });
  const { api, gateways } = source;
  const token = await api.register("pump-1", { name: "Pump 1", tags: ["roof"] });
  const [gateway] = gateways;
  const at = { httpPort: gateway?.httpPort ?? 0, mqttPort: gateway?.mqttPort ?? 0 };
  const device = await connectMqttDevice(5)({ ...at, device: "pump-1", token });
  await device.telemetry([{ data: { bar: 3 } }, { data: { bar: 4 } }]);
  await device.profile({ model: "P-7", firmware: "1.2" });
  await device.close();
  await api.call("POST", "/api/people", { email: "ada@example.org", role: "viewer" });
  await api.call("PUT", "/api/groups/roof", { filter: { tag: "roof" } });
  await api.call("PUT", "/api/devices/pump-1/configuration", { values: { rate: 5 } }, { "if-match": '"0"' });
  await api.command("pump-1", { name: "open", deadline: "1h" });
  await fetch(`${api.url}/api/devices`, { headers: { authorization: "Bearer wrong" } });
  // Reactors end commands and sessions that the random history left open, which adds events.
  let before = -1;
  await eventually(async () => {
    const { streams, projectors } = (await api.call<SystemResource>("GET", "/api/system")).body;
    const seq = streams.find(({ name }) => name === "FLEET")?.lastSeq ?? 0;
    const isStill = seq === before && projectors[0]?.seq === seq;
    before = seq;
    expect(isStill).toBe(true);
  }, 60_000);
  for (const [name, query] of Object.entries(STREAMS)) files[name] = await exported(name, query);
}, 120_000);
afterAll(async () => {
  await target?.[Symbol.asyncDispose]();
  await source[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

function begin(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const child = spawn(process.execPath, [MAIN, ...args], {
    env: { ...RUNTIME, INIT_CWD: folder, NATS_SERVER_BIN: process.env.NATS_SERVER_BIN, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let text = "";
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (part) => (text += part));
  const ended = once(child, "exit").then(([code]) => ({ code: code as number | null, text }));
  return { child, ended };
}

async function storedIn({ port }: TestNats, stream = "FLEET"): Promise<number> {
  const info = (await requestRaw(port, `$JS.API.STREAM.INFO.${stream}`)) as { state?: { last_seq: number } };
  return info.state?.last_seq ?? 0;
}

function withoutPersonal(json: unknown): unknown {
  return JSON.parse(JSON.stringify(json, (key, value) => (PERSONAL.has(key) ? undefined : value)));
}

it("the import describes the files in a dry run, and changes nothing", async () => {
  const { code, text } = await begin([files.fleet ?? "", files.telemetry ?? "", "--dry-run", "--to", "./new"]).ended;
  expect(text).toContain(`${last.toLocaleString("en")} events of FLEET, 1 to ${last}`);
  expect(text).toContain("2 events of TELEMETRY");
  expect(text).toMatch(/\d+ events have names or addresses of people, sealed/);
  expect(code).toBe(0);
  expect(existsSync(join(folder, "new"))).toBe(false);
});

it("the import refuses an installation that runs or has other events", async () => {
  const { code, text } = await begin([files.fleet ?? "", "--to", source.nats.url]).ended;
  expect([code, text]).toEqual([
    1,
    expect.stringMatching(/Fleetlog runs on this NATS server .*: stop all its processes/),
  ]);
});

it("the import gives the installation equal views, even if it was killed in between", async () => {
  const all = Object.values(files);
  target = await startStack({
    historians: 1,
    async before(nats) {
      const args = [...all, "--to", nats.url];
      const killed = begin(args);
      await eventually(async () => expect(await storedIn(nats)).toBeGreaterThan(500), 60_000).catch(async (error) => {
        throw new Error((await killed.ended).text, { cause: error });
      });
      killed.child.kill("SIGKILL");
      await killed.ended;
      const stored = await storedIn(nats);
      expect(stored).toBeLessThan(last);
      const { code, text } = await begin(args).ended;
      expect(text).toContain(`FLEET has ${stored.toLocaleString("en")} events already`);
      expect([code, await storedIn(nats)]).toEqual([0, last]);
    },
  });
  const ask = (stack: Stack, query: string) =>
    stack.api.call("GET", `/api/history/views/${query}${query.includes("?") ? "&" : "?"}at=${last}`);
  const restored = target;
  for (const query of QUERIES) {
    const { status, body } = await ask(source, query);
    expect([status, body], query).toEqual([200, expect.anything()]);
    // A historian answers 503 while it reads the imported events.
    const imported = await eventually(async () => {
      const answer = await ask(restored, query);
      expect(answer.status, JSON.stringify(answer.body)).toBe(200);
      return answer;
    }, 60_000);
    expect(withoutPersonal(imported.body), query).toEqual(withoutPersonal(body));
  }
  const again = await fetch(`${target.api.url}/api/history/export?to=${last}`, {
    headers: { authorization: `Bearer ${target.adminToken}` },
  });
  const first = await fetch(`${source.api.url}/api/history/export?to=${last}`, {
    headers: { authorization: `Bearer ${source.adminToken}` },
  });
  expect((await again.text()) === (await first.text())).toBe(true);
}, 180_000);

it("the import fills a data folder, with a nats-server of its own", async () => {
  const run = () => begin([files.fleet ?? "", "--to", "./restored"]).ended;
  const first = await run();
  expect([first.code, first.text]).toEqual([
    0,
    expect.stringContaining(`✓ FLEET: ${last.toLocaleString("en")} events`),
  ]);
  const again = await run();
  expect([again.code, again.text]).toEqual([0, expect.stringContaining("events already")]);
}, 120_000);
