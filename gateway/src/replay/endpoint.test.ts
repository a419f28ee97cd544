import { once } from "node:events";
import type { AddressInfo } from "node:net";
import type { Person, Scope } from "@fleetlog/domain";
import { startHistory } from "@fleetlog/history/testing";
import type { Replay } from "@fleetlog/protocol";
import { pino } from "pino";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { WebSocket } from "ws";
import { routeUpgrades } from "../net/upgrades.ts";
import { type TestServer, testServer } from "../testing/test-server.ts";
import { createReplays, type Replays } from "./endpoint.ts";

interface Message {
  readonly type: string;
  readonly state?: string;
  readonly seq?: number;
  readonly code?: string;
  readonly items?: readonly { readonly seq: number }[];
}

let server: TestServer;
let replays: Replays;
let people: Map<string, Person>;
let ends: (() => void)[];
let url: string;
const opened: WebSocket[] = [];

beforeEach(async () => {
  server = await testServer();
  const { backbone, fleet } = server.node;
  const admin = { authorization: `Bearer ${server.token}` };
  for (const [id, tag] of Object.entries({
    "pump-1": "roof",
    "pump-2": "cellar",
    "pump-3": "roof",
    "pump-4": "cellar",
    "pump-5": "roof",
  })) {
    const payload = { id, tags: [tag] };
    expect((await server.app.inject({ method: "POST", url: "/api/devices", headers: admin, payload })).statusCode).toBe(
      201,
    );
  }
  people = new Map();
  const { context } = server;
  context.operators.verify = async (token) => people.get(token);
  person("ada");
  replays = createReplays({
    fleet,
    authenticators: context,
    refusals: { call() {} },
    logger: pino({ level: "silent" }),
    clock: Date.now,
    limits: { connections: 3, ofPerson: 2, pingMs: 60_000, idleMs: 60_000 },
  });
  const { server: http } = server.app;
  routeUpgrades(http, new Map([["/api/history/replays/{id}/stream", replays]]));
  http.listen(0, "127.0.0.1");
  await once(http, "listening");
  url = `ws://127.0.0.1:${(http.address() as AddressInfo).port}`;
  ends = [startHistory(backbone)];
});
afterEach(async () => {
  for (const socket of opened.splice(0)) socket.terminate();
  await replays.close();
  for (const end of ends) end();
  server.app.server.close();
});

function person(token: string, role: Person["role"] = "analyst", scope?: Scope): void {
  people.set(token, { kind: "person", id: token, name: token, role, ...(scope && { scope }) });
}

async function begin(body: object, token = "ada") {
  const headers = { authorization: `Bearer ${token}` };
  const answer = await server.app.inject({ method: "POST", url: "/api/history/replays", headers, payload: body });
  return { status: answer.statusCode, body: answer.json() as Replay };
}

function connect(path: string, token = "ada"): WebSocket {
  const socket = new WebSocket(url + path, { headers: { authorization: `Bearer ${token}` } });
  opened.push(socket);
  return socket;
}

async function open({ stream }: Replay, token = "ada") {
  const socket = connect(stream, token);
  const messages: Message[] = [];
  socket.on("message", (data) => void messages.push(JSON.parse(String(data))));
  const closed = once(socket, "close").then(([code]) => code as number);
  await once(socket, "open");
  return {
    ...{ socket, closed, messages },
    seqs: () => messages.flatMap(({ items = [] }) => items.map(({ seq }) => seq)),
    last: () => messages.findLast(({ type }) => type === "position"),
    send: (control: unknown) => socket.send(JSON.stringify(control)),
  };
}

async function refusal(path: string, token = "ada"): Promise<number> {
  const socket = connect(path, token);
  socket.on("error", () => {});
  const [, response] = await once(socket, "unexpected-response");
  return response.statusCode as number;
}

describe("a replay's WebSocket", () => {
  it("sends the span's events and follows the client's messages; invalid messages do not end it", async () => {
    const { status, body } = await begin({ from: 1, to: 5, speed: 1_000_000 });
    expect([status, body.from.seq, body.to.seq]).toEqual([201, 1, 5]);
    const replay = await open(body);
    await vi.waitFor(() => expect(replay.last()).toMatchObject({ state: "ended", seq: 5 }));
    expect(replay.seqs()).toEqual([2, 3, 4, 5]);
    replay.send({ type: "seek", to: 3 });
    replay.send({ type: "step" });
    await vi.waitFor(() => expect(replay.last()).toMatchObject({ state: "paused", seq: 4 }));
    for (const wrong of [{ type: "seek", to: 99 }, { type: "jump" }, { type: "play", speed: 0 }, 7]) {
      const before = replay.messages.length;
      replay.send(wrong);
      await vi.waitFor(() =>
        expect(replay.messages.at(before)).toMatchObject({ type: "problem", code: "invalid-request" }),
      );
    }
    replay.send({ type: "play" });
    await vi.waitFor(() => expect(replay.last()).toMatchObject({ state: "ended" }));
    expect(replay.seqs()).toEqual([2, 3, 4, 5, 4, 5]);
  });

  it("closes with 1009 and a reason after a message that is too large", async () => {
    const replay = await open((await begin({ from: 1, to: 5, speed: 1_000_000 })).body);
    const reason = once(replay.socket, "close").then(([, text]) => String(text));
    replay.socket.send("x".repeat(4_097));
    expect([await replay.closed, await reason]).toEqual([1009, "a message is larger than 4096 bytes"]);
  });

  it("sends positions only, or one device's events only, on request", async () => {
    const positions = await open((await begin({ from: 1, to: 5, speed: 1_000_000, content: "positions" })).body);
    await vi.waitFor(() => expect(positions.last()).toMatchObject({ state: "ended", seq: 5 }));
    expect(positions.seqs()).toEqual([]);
    const device = await open((await begin({ from: 1, to: 5, speed: 1_000_000, device: "pump-2" })).body);
    await vi.waitFor(() => expect(device.last()).toMatchObject({ state: "ended" }));
    expect(device.seqs()).toEqual([2]);
  });

  it("sends only what its caller may see, and refuses callers without access to the history", async () => {
    const { body } = await begin({ from: 1, to: 5, speed: 1_000_000 });
    person("roof", "analyst", { tags: ["roof"] });
    person("vera", "viewer");
    const limited = await open(body, "roof");
    await vi.waitFor(() => expect(limited.last()).toMatchObject({ state: "ended" }));
    expect(limited.seqs()).toEqual([3, 5]);
    expect((await begin({ from: 1 }, "vera")).status).toBe(403);
    expect(await refusal(body.stream, "vera")).toBe(403);
    expect(await refusal(body.stream, "nobody")).toBe(401);
    for (const id of ["x", "W10", body.id.slice(3), `${body.id}${"A".repeat(2_000)}`])
      expect(await refusal(`/api/history/replays/${id}/stream`)).toBe(404);
  });

  it("ends when its person's access ends", async () => {
    const { body } = await begin({ from: 1, to: 5, speed: 0.001 });
    const replay = await open(body);
    person("bob");
    const other = await open(body, "bob");
    people.delete("ada");
    replays.revalidate("ada");
    expect(await replay.closed).toBe(1008);
    expect(other.socket.readyState).toBe(WebSocket.OPEN);
  });

  it("is refused above the limits for a person and for all people", async () => {
    const { body } = await begin({ from: 1, to: 5, speed: 0.001 });
    const first = await open(body);
    await open(body);
    expect(await refusal(body.stream)).toBe(409);
    person("bob");
    await open(body, "bob");
    expect(await refusal(body.stream, "bob")).toBe(503);
    first.socket.close();
    await vi.waitFor(() => expect(replays.connections).toBe(2));
    await open(body, "bob");
  });

  it("reports that no historian answers, and refuses a wrong span", async () => {
    for (const [wrong, field] of [
      [{ from: "noon" }, "from"],
      [{ from: 99 }, "from"],
      [{ from: 4, to: 2 }, "from"],
      [{ from: 1, speed: -1 }, "speed"],
      [{ from: 1, device: "#" }, "device"],
    ] as const)
      expect((await begin(wrong)).body, JSON.stringify(wrong)).toMatchObject({ code: "invalid-request", field });
    expect((await begin({ from: 1, device: "pump-9" })).body).toMatchObject({
      code: "device-unknown",
      field: "device",
    });
    const { body } = await begin({ from: 1, to: 5, speed: 0.001 });
    for (const end of ends.splice(0)) end();
    const replay = await open(body);
    expect(await replay.closed).toBe(1013);
    expect(replay.messages).toMatchObject([{ type: "problem", code: "history-unavailable" }]);
  }, 60_000);
});
