import { randomUUID } from "node:crypto";
import type { CommandPage, PersonPage } from "@fleetlog/protocol";
import { createApp } from "@fleetlog/simulators";
import { afterAll, beforeAll, expect, it } from "vitest";
import { eventually } from "../support/eventually.ts";
import { type Stack, startStack } from "../support/stack.ts";

/** Longer than the pause between two calls of a program. */
const WAIT_MS = 60_000;

let stack: Stack;
const logger = { debug() {}, info() {}, warn() {}, error() {} };

beforeAll(async () => {
  const names = ["HTTPS", "MQTTS", "EDGEBIND", "LIBPYIOTCLOUD", "TPEDM"];
  const ports = Object.fromEntries(names.map((name) => [`FLEETLOG_${name}_PORT`, "0"]));
  stack = await startStack({ env: { FLEETLOG_TLS: "auto", ...ports } });
}, 60_000);
afterAll(() => stack?.[Symbol.asyncDispose]());

function startFleet() {
  const { httpPort, mqttPort, dialectPorts = {} } = stack.gateways[0]?.process.ready ?? { httpPort: 0, mqttPort: 0 };
  const { edgebind = 0, libpyiotcloud = 0, tpedm = 0 } = dialectPorts;
  const { adminToken, dataDir } = stack;
  const dialects = { edgebindPort: edgebind, libpyiotcloudPort: libpyiotcloud, tpedmPort: tpedm };
  const fleet = { fleet: 0, fleetOlder: "on" } as const;
  return createApp({ host: "127.0.0.1", httpPort, mqttPort, adminToken, dataDir, ...fleet, ...dialects }, logger);
}

/** Completed commands of the device, by who gave them. */
async function completed(device: string, by: string): Promise<number> {
  const { body } = await stack.api.call<CommandPage>("GET", `/api/commands?device=${device}`);
  return body.items.filter(({ state, issuedBy }) => state === "completed" && issuedBy === by).length;
}

const PACKAGE = "a package for a gateway with Kura";

/** The simulated gateway downloads an artifact from this installation, and checks its digest. */
async function downloadsByItself(device: string): Promise<void> {
  const { api, adminToken } = stack;
  const { status } = await fetch(`${api.url}/api/artifacts/pump/2.0.0`, {
    method: "PUT",
    headers: { authorization: `Bearer ${adminToken}`, "content-type": "application/octet-stream" },
    body: PACKAGE,
  });
  expect(status).toBe(201);
  const params = { artifact: "pump", name: "pump", version: "2.0.0" };
  const { body } = await api.command(device, { name: "package.download", params }, "?wait=30s");
  expect(body).toMatchObject({ state: "completed", result: { download: "completed", size: PACKAGE.length } });
}

it("the fleet of older systems has devices of each system and programs that use their APIs, also after a restart", async () => {
  const board = "Board of libpyiotcloud, Node.js";
  let earlier = 0;
  for (let start = 0; start < 2; start++) {
    const app = startFleet();
    await app.start();
    await eventually(async () => {
      const { items } = await stack.api.devices("?limit=100");
      const connected = items.filter(({ status }) => status === "connected");
      const dialects = new Set(connected.map(({ dialect }) => dialect));
      expect([...dialects].sort()).toEqual(["edgebind", "kura", "libpyiotcloud", "tpedm"]);
    });
    const people = await eventually(async () => {
      const { items } = (await stack.api.call<PersonPage>("GET", "/api/people")).body;
      expect(items.map(({ userName }) => userName)).toEqual(["simulated-person"]);
      return items;
    });
    const { items: devices } = await stack.api.devices("?limit=100");
    const id = devices.find(({ name }) => name === board)?.id ?? randomUUID();
    await eventually(async () => expect(await completed(id, people[0]?.id ?? "")).toBeGreaterThan(earlier), WAIT_MS);
    earlier = await completed(id, people[0]?.id ?? "");
    const keys = await eventually(async () => {
      const { items } = (await stack.api.call<{ items: { id: string }[] }>("GET", "/api/api-keys")).body;
      expect(items).toHaveLength(1);
      return items;
    });
    await eventually(
      async () => expect(await completed("tpedm-usual", keys[0]?.id ?? "")).toBeGreaterThan(start),
      WAIT_MS,
    );
    if (start === 1) await downloadsByItself("plant:kura-hall");
    await app.stop();
  }
}, 300_000);
