import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { CommandResource } from "@fleetlog/protocol";
import { type MqttClient, connect as mqttConnect } from "mqtt";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Authority } from "../support/certificates.ts";
import { registerBoard } from "../support/libpyiotcloud.ts";
import { type Stack, startStack } from "../support/stack.ts";
import { each } from "./access-matrix/cells.ts";
import { METHOD_PARAMS } from "./access-matrix/devices.ts";
import {
  boardCredentials,
  type NamesDialect,
  namedCredentials,
  type OlderShown,
  PLANT,
  registerNamed,
  validLogins,
} from "./access-matrix/older-systems/credentials.ts";
import { type Program, programs } from "./access-matrix/older-systems/edgebind.ts";
import {
  ANOTHER_ACCOUNT,
  ANOTHER_DEVICE,
  type Asked,
  filled,
  OLDER_TOPICS,
  type OlderDialect,
  rowsOf,
} from "./access-matrix/older-systems/topics.ts";
import { differences, tableOf } from "./access-matrix/tables.ts";

const EDGEBIND = "JSON-RPC methods on Edgebind's port";
const METHODS = "JSON-RPC methods";

let stack: Stack;
let folder: string;
let ca: string;
const authority = new Authority("Device CA");

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "fleetlog-matrix-"));
  const file = join(folder, "devices.pem");
  await writeFile(file, authority.cert);
  stack = await startStack({
    env: {
      FLEETLOG_TLS: "auto",
      FLEETLOG_TLS_CLIENT_CA: file,
      FLEETLOG_HTTPS_PORT: "0",
      FLEETLOG_MQTTS_PORT: "0",
      FLEETLOG_EDGEBIND_PORT: "0",
    },
  });
  const { api } = stack;
  ca = await (await fetch(`${api.url}/api/authority`)).text();
  await api.call("POST", "/api/accounts", { id: "elsewhere", name: "elsewhere" });
  await api.call("PUT", "/api/channels/duty", { kind: "email", to: ["duty@example.org"], devices: true });
}, 60_000);
afterAll(async () => {
  await stack[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

async function open({ client: given }: OlderShown): Promise<MqttClient | undefined> {
  const url = `mqtts://127.0.0.1:${stack.gateways[0]?.process.ready.mqttsPort}`;
  const client = mqttConnect(url, { ca, protocolVersion: 5, reconnectPeriod: 0, ...given });
  return new Promise((resolve) => {
    client.once("connect", () => resolve(client));
    for (const event of ["error", "close"] as const) client.on(event, () => resolve(undefined));
  });
}

const done = (promise: Promise<unknown>) =>
  promise.then(
    () => "yes",
    () => "no",
  );

/** Takes the place of a command, for topics on which devices answer no command. */
const NOTHING: Asked = { command: "" };

interface Other {
  readonly device: string;
  readonly clientId: string;
}

async function anotherDevice(dialect: OlderDialect): Promise<Other> {
  if (dialect !== "libpyiotcloud") {
    const { id, clientId } = await registerNamed(stack.api, dialect, "elsewhere");
    return { device: id, clientId };
  }
  const { id } = await registerBoard(stack.api, { account: "elsewhere" });
  return { device: id, clientId: id };
}

async function issue(dialect: OlderDialect, device: string): Promise<string> {
  return (await stack.api.command(device, OLDER_TOPICS[dialect].command)).body.id;
}

/** Issues a command, and waits until the device has received it. */
async function asked(dialect: OlderDialect, client: MqttClient, { device, names }: OlderShown): Promise<Asked> {
  const topic = OLDER_TOPICS[dialect].commandTopic(names);
  const came = new Promise<Buffer>((resolve) => {
    client.on("message", (on, payload) => {
      const isProfile = payload.includes("/device/general");
      if (on === topic && !isProfile) resolve(payload);
    });
  });
  const command = await issue(dialect, device);
  return { command, payload: await came };
}

/** Tries each row of the table with one credential, in one connection. */
async function wrongFor(dialect: OlderDialect, one: OlderShown, other: Other): Promise<string[]> {
  const { heading, answerTopic, messages } = OLDER_TOPICS[dialect];
  const client = await open(one);
  const wrong: string[] = [];
  const commandFor = async (expected: string, isOther: boolean): Promise<Asked> =>
    expected === "yes" && client !== undefined
      ? asked(dialect, client, one)
      : { command: await issue(dialect, isOther ? other.device : one.device) };
  for (const [row, verdicts] of tableOf(heading)) {
    const [, verb, pattern = "", place] = /^(publish|subscribe) (\S+)(?: \((.*)\))?$/.exec(row) ?? [];
    const expected = verdicts.get(one.kind) ?? "missing in the table";
    const isOther = place === ANOTHER_DEVICE;
    const names = {
      ...one.names,
      ...(isOther && { clientId: other.clientId }),
      ...(place === ANOTHER_ACCOUNT && { account: `not-${PLANT}` }),
    };
    const attempt = async () => {
      if (client === undefined) return "no";
      if (verb === "subscribe") return done(client.subscribeAsync(filled(pattern, names), { qos: 1 }));
      const given = pattern === answerTopic ? await commandFor(expected, isOther) : NOTHING;
      const message = messages[pattern]?.(names, given);
      if (message === undefined) return "not tried: add how to OLDER_TOPICS";
      return done(client.publishAsync(message.topic, message.payload, { qos: 1 }));
    };
    const got = await attempt();
    if (got !== expected) wrong.push(`${row}, ${one.kind}: ${got} instead of ${expected}`);
  }
  await client?.endAsync(true);
  return wrong;
}

describe.each(["libpyiotcloud", "tpedm", "kura"] as const)("every MQTT topic of %s", (dialect) => {
  const { heading } = OLDER_TOPICS[dialect];

  it("has a row in verdicts-older-systems.md, also for another device and account", () => {
    expect(differences(heading, tableOf(heading), rowsOf(dialect), (row) => row)).toEqual([]);
  });

  it("is answered as its row says", async () => {
    const { api } = stack;
    const shown = [
      ...(await validLogins(api)),
      ...(dialect === "libpyiotcloud"
        ? await boardCredentials(api, authority)
        : await namedCredentials(api, dialect satisfies NamesDialect, authority)),
    ];
    const columns = [...(tableOf(heading).values().next().value?.keys() ?? [])];
    expect(columns).toEqual(shown.map(({ kind }) => kind));
    const other = await anotherDevice(dialect);
    expect((await each(shown, (one) => wrongFor(dialect, one, other))).flat()).toEqual([]);
    const { body } = await api.call<{ items: CommandResource[] }>("GET", `/api/commands?device=${other.device}`);
    expect(body.items.filter(({ state }) => state !== "issued")).toEqual([]);
  }, 60_000);
});

describe("every JSON-RPC method", () => {
  let all: readonly Program[];
  beforeAll(async () => {
    all = await programs(stack.api, `ws://127.0.0.1:${stack.gateways[0]?.process.ready.dialectPorts?.edgebind}`);
  });

  it("has a row for Edgebind's port in verdicts-older-systems.md", async () => {
    const listed = new Set(tableOf(METHODS).keys());
    for (const { raw } of all) {
      const { result = [] } = (await raw.call("__listMethods")) as { readonly result?: readonly string[] };
      for (const method of result) listed.add(method);
    }
    expect(differences(EDGEBIND, tableOf(EDGEBIND), [...listed])).toEqual([]);
  });

  it("is answered on Edgebind's port as its row says", async () => {
    const wrong = await each(all, async ({ kind, raw, shown }) => {
      const found: string[] = [];
      for (const [method, verdicts] of tableOf(EDGEBIND)) {
        const { error } = (await raw.call(method, METHOD_PARAMS[method]?.(shown, "c1"))) as { error?: unknown };
        const got = error === undefined ? "yes" : "no";
        const expected = verdicts.get(kind) ?? "missing in the table";
        if (got !== expected) found.push(`${method}, ${kind}: ${got} instead of ${expected}`);
      }
      await raw.close();
      return found;
    });
    expect(wrong.flat()).toEqual([]);
  });
});
