import type { WaitingList } from "@fleetlog/protocol";
import { connectAsync, type IClientOptions, type MqttClient } from "mqtt";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Names, type OlderShown, validLogins } from "../conformance/access-matrix/older-systems/credentials.ts";
import { filled, OLDER_TOPICS, type OlderDialect } from "../conformance/access-matrix/older-systems/topics.ts";
import { send } from "../conformance/access-matrix/send.ts";
import { DIALECT_KINDS, type DialectDevice, KeptDevice } from "../support/dialects/index.ts";
import { native } from "../support/dialects/native.ts";
import { eventually } from "../support/eventually.ts";
import { RawWebSocket } from "../support/raw-websocket.ts";
import { type RunningGateway, type Stack, startStack } from "../support/stack.ts";

const OLDER = ["libpyiotcloud", "tpedm", "kura"] as const;
const KINDS = [native, ...DIALECT_KINDS];
const REFUSED_LOGINS = /^fleetlog_logins_refused_total\{.*\} (\d+)$/gm;
const REFUSED_EVENTS = /^fleetlog_events_refused_total\{code="forbidden"\} (\d+)$/gm;

/** A connected device that the attempts of other devices must not affect. */
interface Bystander {
  readonly dialect: string;
  readonly account: string;
  readonly device: DialectDevice;
  readonly names: Names;
  readonly userName: string;
  readonly kept: KeptDevice;
}

let stack: Stack;
let gateway: RunningGateway;
let ca: string;
let bystanders: readonly Bystander[];
let actors: ReadonlyMap<string, OlderShown>;
let addresses = 0;
let number = 0;

beforeAll(async () => {
  const env = Object.assign({}, ...KINDS.map((kind) => kind.env)) as Record<string, string>;
  stack = await startStack({ env: { ...env, FLEETLOG_LIBPYIOTCLOUD_PORT: "0", FLEETLOG_TPEDM_PORT: "0" } });
  gateway = stack.gateways[0] as RunningGateway;
  const { api } = stack;
  ca = await (await fetch(`${api.url}/api/authority`)).text();
  await api.call("POST", "/api/accounts", { id: "elsewhere", name: "elsewhere" });
  const places = KINDS.flatMap((kind) => ["main", "elsewhere"].map((account) => ({ kind, account })));
  bystanders = await Promise.all(places.map(({ kind, account }) => bystander(kind, account)));
  actors = new Map((await validLogins(api)).map((one) => [one.kind, one]));
  await eventually(async () => {
    for (const { device } of bystanders) expect(await api.device(device.id)).toMatchObject({ status: "connected" });
  });
}, 120_000);
afterAll(async () => {
  for (const { kept } of bystanders ?? []) await kept.stop();
  await stack[Symbol.asyncDispose]();
});

async function bystander(kind: (typeof KINDS)[number], account: string): Promise<Bystander> {
  const { api } = stack;
  const device = await kind.register(api, `${kind.dialect}-in-${account}`);
  const { id } = device;
  if (account !== "main") {
    const { status } = await api.call("PATCH", `/api/devices/${id}`, { account, history: "along" });
    expect(status).toBe(200);
  }
  const clientId = id.slice(id.indexOf(":") + 1);
  const { login } = await api.device(id);
  return {
    ...{ dialect: kind.dialect, account, device },
    names: { clientId, account: "plant", requester: "fleetlog" },
    userName: login?.userName ?? id,
    kept: new KeptDevice(device, gateway),
  };
}

async function counted(pattern: RegExp): Promise<number> {
  const text = await (await fetch(`${stack.api.url}/metrics`)).text();
  return [...text.matchAll(pattern)].reduce((sum, [, count]) => sum + Number(count), 0);
}

/** Runs `work`, which resolves with its number of refused attempts, and expects that the metric has counted them. */
async function counting(pattern: RegExp, work: () => Promise<number>): Promise<void> {
  const before = await counted(pattern);
  const refused = await work();
  expect(refused).toBeGreaterThan(0);
  await eventually(async () => expect((await counted(pattern)) - before).toBe(refused));
}

/** Status, session, profile and events of all bystanders. */
async function known() {
  const { api } = stack;
  return Promise.all(
    bystanders.map(async ({ device: { id } }) => {
      const { status, session, profile } = await api.device(id);
      const events = (await api.events(id)).map((event) => event.id);
      return { id, status, session, profile, events };
    }),
  );
}

/**
 * Runs `work`, and expects that the sessions and histories of all bystanders are unchanged and that each still executes
 * commands. Then calls the function with which `work` has resolved.
 */
async function undisturbed(work: () => Promise<() => Promise<unknown>>): Promise<void> {
  const before = await known();
  const finish = await work();
  expect(await known()).toEqual(before);
  await Promise.all(
    bystanders.map(async ({ device: { id, command, paramsOf } }) => {
      const done = await stack.api.command(id, { name: command, params: paramsOf(++number) }, "?wait=20s");
      expect(done.body, id).toMatchObject({ state: "completed" });
    }),
  );
  // A program of Edgebind answers by closing its connection, and reconnects.
  await eventually(async () => {
    for (const { device } of bystanders)
      expect(await stack.api.device(device.id)).toMatchObject({ status: "connected" });
  });
  await finish();
}

function connect(client: IClientOptions): Promise<MqttClient> {
  const url = `mqtts://127.0.0.1:${gateway.process.ready.mqttsPort}`;
  return connectAsync(url, { ca, reconnectPeriod: 0, connectTimeout: 10_000, ...client }, false);
}

const actorOf = (dialect: string) => actors.get(dialect) as OlderShown;

/** Topics that no device of `dialect` may use: those of other dialects, and those with another device's names. */
function foreignTopics(dialect: string, own: Names) {
  const messages = OLDER.flatMap((other: OlderDialect) => {
    const victims = bystanders.filter((one) => one.dialect === other).map(({ names }) => names);
    const named = other === dialect ? victims : [own, ...victims];
    return named.flatMap((names) =>
      Object.values(OLDER_TOPICS[other].messages)
        .map((message) => message(names, { command: "c1" }))
        // A reply topic of Kura names only the account, so the device may use it.
        .filter(({ topic }) => dialect !== "kura" || !topic.includes("/REPLY/")),
    );
  });
  const filters = OLDER.flatMap((other) => {
    const victims = bystanders.filter((one) => one.dialect === other).map(({ names }) => names);
    const named = other === dialect ? victims : [own, ...victims];
    const patterns = {
      libpyiotcloud: "{clientId}/#",
      tpedm: "/tpedm/{clientId}/input",
      kura: "$EDC/{account}/{clientId}/#",
    };
    return named.map((names) => filled(patterns[other], names));
  });
  const ofNative = dialect === "native" ? [] : [{ topic: "me/telemetry", payload: '{"data":{"celsius":1}}' }];
  return {
    messages: [...messages, ...ofNative],
    filters: [...filters, "#", "+/#", "$EDC/#", "server/+/+", ...(dialect === "native" ? [] : ["me/command/+"])],
  };
}

const isRefused = (promise: Promise<unknown>) =>
  promise.then(
    () => false,
    () => true,
  );

describe.each(["native", ...OLDER])("a device of %s", (dialect) => {
  it("can't use topics of other dialects, devices and accounts; attempts are counted, and nobody else is affected", async () => {
    const { client: options, names } = actorOf(dialect);
    await undisturbed(async () => {
      const client = await connect({ ...options, protocolVersion: 5 });
      const { messages, filters } = foreignTopics(dialect, names);
      await counting(REFUSED_EVENTS, async () => {
        for (const { topic, payload } of messages)
          expect(await isRefused(client.publishAsync(topic, payload, { qos: 1 })), `publish ${topic}`).toBe(true);
        return messages.length;
      });
      for (const filter of filters)
        expect(await isRefused(client.subscribeAsync(filter, { qos: 1 })), `subscribe ${filter}`).toBe(true);
      const got: string[] = [];
      client.on("message", (topic) => got.push(topic));
      return async () => {
        expect(got).toEqual([]);
        expect(client.connected).toBe(true);
        await client.endAsync();
      };
    });
  });

  it("can't log in with another device's names; attempts are counted, and nobody else is affected", async () => {
    const { client: options } = actorOf(dialect);
    await undisturbed(async () => {
      const others = bystanders.filter((one) => one.dialect !== "edgebind");
      const tries = others.flatMap(({ names: { clientId }, userName, device }) => [
        { ...options, clientId },
        { ...options, clientId, username: userName },
        { ...options, clientId: device.id, username: device.id },
      ]);
      await counting(REFUSED_LOGINS, async () => {
        for (const one of tries) expect(await isRefused(connect(one)), `${one.clientId} as ${one.username}`).toBe(true);
        return tries.length;
      });
      return async () => {};
    });
  });

  it("can't use ports and protocols of other dialects; attempts are counted, and nobody else is affected", async () => {
    const { client, device } = actorOf(dialect);
    const { clientId, username, password, cert, key } = client;
    const { httpsPort, dialectPorts } = gateway.process.ready;
    await undisturbed(async () => {
      const headers = { authorization: `Basic ${btoa(`${clientId}:${password}`)}` };
      const tls = cert === undefined ? { ca, headers } : { ca, cert: cert as string, key: key as string };
      if (dialect !== "native")
        await counting(REFUSED_LOGINS, async () => {
          await expect(RawWebSocket.open(`wss://127.0.0.1:${httpsPort}/device`, tls)).rejects.toThrow(/HTTP 40[13]/);
          return 1;
        });
      const fields = { username, token: password, devicename: "libpyiotcloud-in-main" };
      const answers = await Promise.all([
        fetch(`http://127.0.0.1:${dialectPorts?.tpedm}/api/device`, { headers }),
        stack.api.call("GET", "/api/devices", undefined, headers),
        callLibpyiotcloud("get_status", fields),
      ]);
      expect(answers.map(({ status }) => status)).toEqual([401, 401, 400]);
      const program = await waitingProgram(headers);
      return async () => {
        expect(program.unread).toEqual([]);
        expect((await stack.api.device(device)).status).not.toBe("connected");
        await program.close();
      };
    });
  });
});

function callLibpyiotcloud(api: string, fields: object): Promise<{ readonly status: number; readonly text: string }> {
  const port = gateway.process.ready.dialectPorts?.libpyiotcloud;
  return send(`https://127.0.0.1:${port}`, "POST", { path: `/${api}`, body: fields, ca });
}

/** A client at Edgebind's port that comes from an address of no device, and has subscribed to the bystanders' commands. */
async function waitingProgram(headers: Readonly<Record<string, string>>): Promise<RawWebSocket> {
  const localAddress = `127.6.0.${++addresses}`;
  const program = await RawWebSocket.open(`ws://127.0.0.1:${gateway.process.ready.dialectPorts?.edgebind}`, {
    localAddress,
    headers,
  });
  const commands = bystanders.map(({ device }) => device.command);
  expect(await program.call("rpc.on", [...new Set(commands)])).not.toHaveProperty("error");
  await eventually(async () => {
    const { body } = await stack.api.call<WaitingList>("GET", "/api/waiting");
    expect(body.items.some(({ address }) => address === localAddress)).toBe(true);
  });
  return program;
}

describe("a program of Edgebind", () => {
  it("gets only its own commands, can't report, and can't use other ports; nobody else is affected", async () => {
    const { api } = stack;
    const address = `127.6.0.${++addresses}`;
    const { status } = await api.call("POST", "/api/devices", { id: "actor-gate", dialect: "edgebind", address });
    expect(status).toBe(201);
    const { edgebind } = gateway.process.ready.dialectPorts ?? {};
    await undisturbed(async () => {
      const program = await RawWebSocket.open(`ws://127.0.0.1:${edgebind}`, { localAddress: address });
      const commands = [...new Set(bystanders.map(({ device }) => device.command))];
      await program.call("rpc.on", commands);
      for (const { device } of bystanders) {
        const login = await program.call("rpc.login", { device: device.id, token: "any" });
        // Only the address identifies a program: it does not become the device of the log-in.
        expect([device.id, await program.call("telemetry.report", { data: {} })]).toEqual([
          device.id,
          expect.objectContaining({ error: expect.anything() }),
        ]);
        expect(login).toBeDefined();
      }
      for (const path of ["/device", "/mqtt", "/live"])
        await expect(
          RawWebSocket.open(`ws://127.0.0.1:${edgebind}${path}`, { localAddress: address }),
        ).rejects.toThrow();
      const names = bystanders.map(({ names: { clientId } }) => clientId);
      await counting(REFUSED_LOGINS, async () => {
        for (const clientId of ["actor-gate", ...names]) expect(await isRefused(connect({ clientId }))).toBe(true);
        return names.length + 1;
      });
      return async () => {
        await program.flush();
        expect(program.unread).toEqual([]);
        expect(await api.device("actor-gate")).toMatchObject({ status: "connected" });
        await program.close();
      };
    });
  });
});
