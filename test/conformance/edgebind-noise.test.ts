import { registerDevice } from "@fleetlog/fleet";
import { mutated, randomBytes, seeded } from "@fleetlog/runtime/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type EdgebindEndpoint, startEdgebindEndpoint } from "../support/edgebind-endpoint.ts";
import { eventually } from "../support/eventually.ts";
import { TESTER } from "../support/gateway-parts.ts";
import { bytesInUse } from "../support/memory.ts";
import { RawWebSocket } from "../support/raw-websocket.ts";

const ROUNDS = 100;
const A_ROUND = 1_000;
const MEMORY = 20 << 20;

let node: EdgebindEndpoint;
let bystander: RawWebSocket;
const register = (id: string, address: string) =>
  registerDevice(node.fleet, TESTER, { id, dialect: "edgebind", address });
const open = (localAddress: string) => RawWebSocket.open(node.url, { localAddress });

beforeAll(async () => {
  node = await startEdgebindEndpoint({
    sessions: { eventsPerSecond: 1e9, burst: 1e9, bytesPerSecond: 1e12, burstBytes: 1e12 },
  });
  await register("bystander", "127.2.0.1");
  bystander = await open("127.2.0.1");
  expect(await bystander.call("rpc.on", ["reboot"])).toMatchObject({ result: { reboot: "ok" } });
});
afterAll(() => node[Symbol.asyncDispose]());

const MESSAGES = [
  '{"jsonrpc":"2.0","method":"rpc.on","params":["reboot"],"id":1}',
  '{"jsonrpc":"2.0","method":"rpc.off","params":["reboot"],"id":0}',
  '{"jsonrpc":"2.0","method":"rpc.login","params":{"device":"bystander","token":"x"},"id":2}',
  '[{"jsonrpc":"2.0","method":"__listMethods","id":null},{"jsonrpc":"2.0","method":"rpc.on","params":[]}]',
  '{"notification":"reboot","params":[]}',
].map((text) => Buffer.from(text));

async function round(raw: RawWebSocket, marker: string, messages: readonly Buffer[]): Promise<void> {
  for (const message of messages) raw.send(message);
  raw.send({ jsonrpc: "2.0", method: "__listMethods", id: marker });
  while (((await raw.next()) as { id?: unknown } | null)?.id !== marker);
}

describe("noise of a device", () => {
  it("a hundred thousand mutated and random messages affect neither memory nor other devices", async () => {
    const random = seeded(3);
    await register("noise", "127.2.0.2");
    const raw = await open("127.2.0.2");
    const message = () =>
      random(4) === 0
        ? randomBytes(random, 1 + random(200))
        : mutated(random, MESSAGES[random(MESSAGES.length)] as Buffer);
    let before = 0;
    for (let n = 0; n < ROUNDS; n++) {
      await round(raw, `marker-${n}`, Array.from({ length: A_ROUND }, message));
      if (n === 4) before = await bytesInUse();
    }
    expect((await bytesInUse()) - before).toBeLessThan(MEMORY);
    await raw.close();
    await node.issue("bystander", "reboot");
    expect(await bystander.next()).toEqual({ notification: "reboot", params: [] });
  });
});

describe("unknown clients", () => {
  it("that connect, subscribe, wait and disconnect, a hundred in turn, leave no memory in use", async () => {
    const before = await bytesInUse();
    for (let n = 0; n < 100; n++) {
      const raw = await open(`127.3.0.${1 + (n % 50)}`);
      raw.send({ jsonrpc: "2.0", method: "rpc.on", params: Array.from({ length: 64 }, (_, i) => `e${n}-${i}`), id: n });
      await raw.next();
      raw.websocket.terminate();
    }
    await eventually(async () => expect(await node.waiting()).toEqual([]));
    expect((await bytesInUse()) - before).toBeLessThan(MEMORY);
  });
});
