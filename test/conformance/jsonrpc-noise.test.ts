import { connect } from "node:net";
import { randomBytes, seeded } from "@fleetlog/runtime/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { eventually } from "../support/eventually.ts";
import { bytesInUse } from "../support/memory.ts";
import { RawWebSocket } from "../support/raw-websocket.ts";
import { startWebSocketEndpoint, type WebSocketEndpoint } from "../support/websocket-endpoint.ts";

let gateway: WebSocketEndpoint;
let bystander: RawWebSocket;
beforeAll(async () => {
  gateway = await startWebSocketEndpoint({ sessions: { eventsPerSecond: 1_000_000_000, burst: 1_000_000_000 } });
  bystander = await RawWebSocket.open(gateway.urlOf("bystander", await gateway.register("bystander")));
});
afterAll(() => gateway[Symbol.asyncDispose]());

const ROUNDS = 100;
const A_ROUND = 1_000;

interface Answer {
  readonly jsonrpc: string;
  readonly id: unknown;
  readonly result?: unknown;
  readonly error?: { readonly code: number; readonly message: string };
}

async function round(raw: RawWebSocket, marker: string, messages: readonly (string | Buffer)[]): Promise<unknown[]> {
  for (const message of messages) raw.send(message);
  raw.send({ jsonrpc: "2.0", method: "__listMethods", id: marker });
  const received: unknown[] = [];
  for (;;) {
    const message = await raw.next();
    if ((message as { id?: unknown }).id === marker) return received;
    received.push(message);
  }
}

/** All codes of errors but -32603, which is an internal error. */
const EXPECTED_CODES = new Set([-32700, -32600, -32601, -32602, -32001, -32003, -32004]);

function isProper({ jsonrpc, error, ...rest }: Answer): boolean {
  if (jsonrpc !== "2.0" || "result" in rest === (error !== undefined)) return false;
  return error === undefined || (typeof error.message === "string" && EXPECTED_CODES.has(error.code));
}

const MESSAGES = [
  { method: "telemetry.report", params: { data: { t: 20.5 }, at: "2026-01-01T00:00:00Z", boot: "b", seq: 1 } },
  { method: "telemetry.report", params: [{ data: { a: [1, 2] } }, { data: {} }] },
  { method: "event.report", params: { name: "door", data: { by: "key" } } },
  { method: "profile.report", params: { model: "M", firmware: "1.0" } },
  { method: "command.result", params: { id: "c-1", ok: false, error: { code: "E", message: "no" } } },
  { method: "rpc.on", params: ["reboot", "blink"] },
  { method: "rpc.off", params: ["reboot"] },
  { method: "rpc.login", params: { device: "noise", token: "fld_x.y" } },
].map((message, index) => JSON.stringify({ jsonrpc: "2.0", ...message, id: index }));
const SNIPPETS = [
  ...'{}[],:"\\0-1eE.',
  "null",
  "true",
  '"__proto__"',
  "1e999",
  "\\u0000",
  "\\ud800",
  "[[[[",
  "é",
  "\u2028",
];

type Random = ReturnType<typeof seeded>;

function pick(random: Random, texts: readonly string[]): string {
  return texts[random(texts.length)] ?? "";
}

function spoil(random: Random, text: string): string {
  let spoilt = text;
  for (let times = 1 + random(3); times > 0; times--) {
    const at = random(spoilt.length + 1);
    const to = at + random(6);
    switch (random(4)) {
      case 0:
        spoilt = spoilt.slice(0, at) + spoilt.slice(to);
        break;
      case 1:
        spoilt = spoilt.slice(0, at) + pick(random, SNIPPETS) + spoilt.slice(at);
        break;
      case 2:
        spoilt = spoilt.slice(0, at) + pick(random, SNIPPETS) + spoilt.slice(to);
        break;
      default:
        spoilt = spoilt.slice(0, at) + pick(random, MESSAGES).slice(at);
    }
  }
  return random(10) === 0 ? `[${spoilt},${pick(random, MESSAGES)}]` : spoilt;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

describe("noise", () => {
  it("each of a hundred thousand mutated messages is executed, or answered as the standard requires", async () => {
    const random = seeded(7);
    const raw = await RawWebSocket.open(gateway.urlOf("noise", await gateway.register("noise")));
    let [parseErrors, notJson] = [0, 0];
    for (let n = 0; n < ROUNDS; n++) {
      const messages = Array.from({ length: A_ROUND }, () => spoil(random, pick(random, MESSAGES)));
      notJson += messages.filter((text) => !isJson(text)).length;
      for (const answer of await round(raw, `marker-${n}`, messages)) {
        const all = (Array.isArray(answer) ? answer : [answer]) as Answer[];
        expect(all.filter((one) => !isProper(one))).toEqual([]);
        if ((answer as Answer).error?.code === -32700) parseErrors++;
      }
    }
    expect(parseErrors).toBe(notJson);
    expect(notJson).toBeGreaterThan(ROUNDS * A_ROUND * 0.2);
    expect(notJson).toBeLessThan(ROUNDS * A_ROUND * 0.9);
    expect(await bystander.call("event.report", { name: "here", data: null })).toMatchObject({ result: {} });
    await raw.close();
  });

  it("each of a hundred thousand random binary messages is answered with an error, and no memory leaks", async () => {
    const random = seeded(11);
    const raw = await RawWebSocket.open(gateway.urlOf("noise-2", await gateway.register("noise-2")));
    const grown: number[] = [];
    for (let n = 0; n < ROUNDS; n++) {
      const messages = Array.from({ length: A_ROUND }, () => randomBytes(random, 1 + random(200)));
      const received = (await round(raw, `marker-${n}`, messages)) as Answer[];
      expect(received).toHaveLength(A_ROUND);
      expect(received.every(({ error }) => error?.code === -32700 || error?.code === -32600)).toBe(true);
      if (n % 25 === 24) {
        grown.push(await bytesInUse());
      }
    }
    expect((grown.at(-1) ?? 0) - (grown[0] ?? 0)).toBeLessThan(4 << 20);
    await raw.close();
  });

  it("random bytes instead of a handshake, or after it, close only the connections that sent them", async () => {
    const random = seeded(13);
    const token = await gateway.register("noise-3");
    for (let n = 0; n < 500; n++) {
      const socket = connect(gateway.port, "127.0.0.1");
      socket.on("error", () => {});
      const closed = new Promise<void>((resolve) => socket.once("close", () => resolve()));
      if (n % 2 === 0) {
        const key = Buffer.alloc(16).toString("base64");
        const authorization = n % 4 === 0 ? `authorization: Basic ${btoa(`noise-3:${token}`)}\r\n` : "";
        socket.write(
          `GET / HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\nsec-websocket-key: ${key}\r\n${authorization}\r\n`,
        );
      }
      socket.end(randomBytes(random, 1 + random(1_000)));
      socket.resume();
      await closed;
    }
    await eventually(() => expect(gateway.endpoint.connections).toBe(1));
    await eventually(() => expect(gateway.sessions.size).toBe(1));
    expect(await bystander.call("event.report", { name: "here", data: null })).toMatchObject({ result: {} });
  });
});
