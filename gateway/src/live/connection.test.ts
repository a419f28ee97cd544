import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { PassThrough } from "node:stream";
import { FleetError } from "@fleetlog/domain";
import { Views } from "@fleetlog/fleet";
import { type MemoryBackbone, memoryBackbone } from "@fleetlog/log";
import { changedSubject, FEED_EVENT, FEED_LOG_EVENT, FEED_VIEWS_EVENT } from "@fleetlog/protocol";
import { pino } from "pino";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { WebSocket, WebSocketServer } from "ws";
import { ViewsHealth } from "../node/cluster/views-health.ts";
import { LogHealth } from "../node/health/log-health.ts";
import { Heartbeat } from "../rpc/heartbeat.ts";
import { FeedConnection } from "./connection.ts";
import { HintSources } from "./hint-sources.ts";
import type { Viewer } from "./person-socket.ts";

const server: Server = createServer();
const accepting = new WebSocketServer({ server });
beforeAll(async () => {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
});
afterAll(() => {
  accepting.close();
  server.close();
});

const realTimeout = globalThis.setTimeout;
let backbone: MemoryBackbone;
let log: LogHealth;
let viewsHealth: ViewsHealth;
let sources: HintSources;
let heartbeat: Heartbeat;
let logged: { readonly msg: string }[];
let now: number;
let viewer: Viewer;
beforeEach(() => {
  // The timers of watches and the rate limit are fake. Sockets do not use them.
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
  backbone = memoryBackbone();
  log = new LogHealth(backbone.log, { answers: true, onChange: () => () => {} }, Date.now);
  sources = new HintSources(backbone.bus, backbone.log, log);
  heartbeat = new Heartbeat(3_600_000);
  logged = [];
  now = 0;
  viewsHealth = new ViewsHealth({ received: () => [] }, () => now);
  viewer = { person, revalidate: async () => person };
});
afterEach(async () => {
  for (const client of accepting.clients) client.terminate();
  heartbeat.stop();
  sources.stop();
  log.stop();
  vi.useRealTimers();
  await backbone.close();
});

type Message = Readonly<Record<string, unknown>>;
const person: Viewer["person"] = { kind: "person", id: "admin", name: "admin", role: "admin" };

async function open() {
  const accepted = once(accepting, "connection") as Promise<[WebSocket]>;
  const browser = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`);
  const messages: Message[] = [];
  let pings = 0;
  browser.on("message", (data) => void messages.push(JSON.parse(String(data))));
  browser.on("ping", () => pings++);
  browser.on("error", () => {});
  const closed = once(browser, "close").then(([code, reason]) => [code, String(reason)] as [number, string]);
  const [websocket] = await accepted;
  const link = new PassThrough({ highWaterMark: 1 });
  const logger = pino({ level: "error" }, { write: (line: string) => void logged.push(JSON.parse(line)) });
  const context = {
    sources,
    fleet: { views: new Views(backbone.bus), log: backbone.log },
    log,
    viewsHealth,
    heartbeat,
    logger,
    clock: () => now,
  };
  const connection = new FeedConnection(context, websocket, link, viewer);
  await once(browser, "open");
  let ids = 0;
  const call = (method: string, params?: unknown) => {
    const id = ids++;
    browser.send(JSON.stringify({ jsonrpc: "2.0", method, params, id }));
    return id;
  };
  return {
    browser,
    websocket,
    connection,
    messages,
    closed,
    call,
    pings: () => pings,
    async ask(method: string, params?: unknown): Promise<Message> {
      const id = call(method, params);
      return until(() => messages.find((message) => message.id === id));
    },
    events: (name: string) =>
      messages.filter(({ notification }) => notification === name).map(({ params }) => (params as unknown[])[0]),
    /** Resolves when the node has read everything from the browser; never after `fill`, because pings get no answer. */
    async roundTrip() {
      browser.ping();
      await once(browser, "pong");
    },
    fill: () => void link.write("x"),
    drain: () => void link.read(),
  };
}

async function until<T>(look: () => T | undefined): Promise<T> {
  for (;;) {
    const found = look();
    if (found !== undefined) return found;
    await new Promise((resolve) => realTimeout(resolve, 1));
  }
}
const untilTrue = (look: () => boolean) => until(() => (look() ? true : undefined));

function changed(view: string, seq: number, keys: readonly string[] | null): void {
  backbone.bus.publish(changedSubject(view), { seq, keys });
}
const settle = () => vi.advanceTimersByTimeAsync(2_500);

describe("a browser's connection", () => {
  it("gets the state of the log at first, and after each change", async () => {
    const { events } = await open();
    await untilTrue(() => events(FEED_LOG_EVENT).length === 1);
    backbone.away();
    backbone.back();
    await untilTrue(() => events(FEED_LOG_EVENT).length === 3);
    expect(events(FEED_LOG_EVENT)).toMatchObject([{ state: "ready" }, { state: "away" }, { state: "ready" }]);
  });

  it("gets the state of the views at first, and after each change", async () => {
    const { events } = await open();
    await untilTrue(() => events(FEED_VIEWS_EVENT).length === 1);
    now = 60_000;
    viewsHealth.check();
    await untilTrue(() => events(FEED_VIEWS_EVENT).length === 2);
    expect(events(FEED_VIEWS_EVENT)).toMatchObject([{ state: "current" }, { state: "away" }]);
  });

  it("gets hints of its watch until `feed.unwatch`", async () => {
    const { ask, events, roundTrip } = await open();
    const answer = await ask("feed.watch", { topic: "commands" });
    const { watch } = answer.result as { watch: number };
    changed("commands", 5, ["c1"]);
    await settle();
    await untilTrue(() => events(FEED_EVENT).length === 1);
    expect(events(FEED_EVENT)).toEqual([{ watch, seq: 5, keys: ["c1"] }]);
    expect(await ask("feed.unwatch", { watch })).toMatchObject({ result: true });
    expect(await ask("feed.unwatch", { watch })).toMatchObject({ result: false });
    changed("commands", 6, ["c2"]);
    await settle();
    await roundTrip();
    expect(events(FEED_EVENT)).toHaveLength(1);
  });

  it("answers `feed.watch` once the server has its subscriptions, can't be reached, or hangs", async () => {
    const flushed = Promise.withResolvers<void>();
    const flush = vi.spyOn(backbone.bus, "flush").mockReturnValueOnce(flushed.promise);
    const { ask } = await open();
    let watch: unknown;
    const asked = ask("feed.watch", { topic: "commands" }).then(({ result }) => {
      watch = result;
    });
    await untilTrue(() => flush.mock.calls.length === 1);
    expect(watch).toBeUndefined();
    flushed.resolve();
    await asked;
    expect(watch).toEqual({ watch: 1 });
    flush.mockRejectedValueOnce(new FleetError("unavailable", "the bus can't be reached"));
    expect(await ask("feed.watch", { topic: "summary" })).toMatchObject({ result: { watch: 2 } });
    flush.mockReturnValueOnce(new Promise(() => {}));
    const hanging = ask("feed.watch", { topic: "system" });
    await untilTrue(() => flush.mock.calls.length === 3);
    await settle();
    expect(await hanging).toMatchObject({ result: { watch: 3 } });
  });

  it("accepts params as an object or as a list of one object, and names the field of invalid params", async () => {
    const { ask } = await open();
    expect(await ask("feed.watch", [{ topic: "summary" }])).toMatchObject({ result: { watch: 1 } });
    const refused = (field: string) => ({ error: { code: -32602, data: { code: "invalid-request", field } } });
    expect(await ask("feed.watch", { topic: "secrets" })).toMatchObject(refused("topic"));
    expect(await ask("feed.unwatch", { watch: "1" })).toMatchObject(refused("watch"));
    expect(await ask("feed.unwatch", {})).toMatchObject(refused("watch"));
  });

  it("may call `rpc.on` and `rpc.off`, as rpc-websockets' client does, without effect on its hints", async () => {
    const { ask } = await open();
    expect(await ask("rpc.on", ["feed"])).toMatchObject({ result: { feed: "ok" } });
    expect(await ask("rpc.off", ["feed", "log"])).toMatchObject({ result: { feed: "ok", log: "not subscribed" } });
    expect(await ask("__listMethods")).toMatchObject({
      result: ["feed.watch", "feed.unwatch", "rpc.on", "rpc.off"],
    });
    expect(await ask("device.reboot")).toMatchObject({ error: { code: -32601, data: { field: "method" } } });
  });

  it("gets no details of an internal error; the details are logged", async () => {
    const { ask } = await open();
    vi.spyOn(backbone.bus, "subscribe").mockImplementation(() => {
      throw new Error("secret");
    });
    const answer = await ask("feed.watch", { topic: "summary" });
    expect(answer).toMatchObject({ error: { data: { code: "internal" } } });
    expect(JSON.stringify(answer)).not.toContain("secret");
    expect(logged).toMatchObject([{ msg: "a call of the feed failed", err: { message: "secret" } }]);
  });

  it("releases its watches and listeners when the browser disconnects", async () => {
    const unsubscribeLog = vi.fn();
    vi.spyOn(log, "onChange").mockReturnValue(unsubscribeLog);
    const { ask, browser, websocket } = await open();
    await ask("feed.watch", { topic: "devices" });
    expect(sources.size).toBeGreaterThan(0);
    const removed = vi.spyOn(heartbeat, "remove");
    const gone = once(websocket, "close");
    browser.terminate();
    await gone;
    expect(sources.size).toBe(0);
    expect(removed).toHaveBeenCalledOnce();
    expect(unsubscribeLog).toHaveBeenCalledOnce();
  });
});

describe("a browser that is silent", () => {
  it("is pinged twice, and disconnected when it has answered no ping", async () => {
    const { connection, browser, closed, pings } = await open();
    browser.pong = () => {};
    connection.socket.checkAlive();
    connection.socket.checkAlive();
    await untilTrue(() => pings() === 2);
    connection.socket.checkAlive();
    expect(await closed).toEqual([1006, ""]);
    connection.socket.checkAlive();
  });

  it.each([
    ["answers pings", async ({ roundTrip }: Awaited<ReturnType<typeof open>>) => roundTrip()],
    [
      "calls",
      async ({ browser, ask }: Awaited<ReturnType<typeof open>>) => {
        browser.pong = () => {};
        await ask("__listMethods");
      },
    ],
  ])("stays connected when it %s", async (_, live) => {
    const opened = await open();
    const { connection, browser, pings, ask } = opened;
    for (let n = 1; n <= 5; n++) {
      connection.socket.checkAlive();
      await untilTrue(() => pings() === n);
      await live(opened);
    }
    expect(browser.readyState).toBe(WebSocket.OPEN);
    expect(await ask("__listMethods")).toMatchObject({ result: expect.any(Array) });
  });
});

describe("a viewer's session", () => {
  it("is checked at each heartbeat; the connection is closed when the session is not valid any more", async () => {
    let signedIn = true;
    viewer = { person, revalidate: async () => (signedIn ? person : undefined) };
    const { connection, ask, closed } = await open();
    await ask("feed.watch", { topic: "devices" });
    connection.socket.checkAlive();
    await ask("__listMethods");
    signedIn = false;
    connection.socket.checkAlive();
    expect(await closed).toEqual([1008, "signed out"]);
    expect(sources.size).toBe(0);
  });

  it("ends with the access token, not at the next ping", async () => {
    viewer = { person, revalidate: async () => person, until: now + 900_000 };
    const { ask, browser, closed } = await open();
    now += 899_999;
    await vi.advanceTimersByTimeAsync(899_999);
    expect(await ask("__listMethods")).toMatchObject({ result: expect.any(Array) });
    expect(browser.readyState).toBe(WebSocket.OPEN);
    now += 1;
    await vi.advanceTimersByTimeAsync(1);
    expect(await closed).toEqual([1008, "signed out"]);
    expect(sources.size).toBe(0);
  });

  it("keeps its connection when the store can't be read for the check", async () => {
    viewer = { person, revalidate: () => Promise.reject(new Error("the store is away")) };
    const { connection, ask, browser } = await open();
    connection.socket.checkAlive();
    expect(await ask("__listMethods")).toMatchObject({ result: expect.any(Array) });
    expect(browser.readyState).toBe(WebSocket.OPEN);
  });
});

describe("a node that stops", () => {
  it("closes with the time to wait, and handles no more calls", async () => {
    const { connection, call, closed, messages, ask } = await open();
    await ask("feed.watch", { topic: "devices" });
    const leaving = connection.socket.closeForStop();
    expect(sources.size).toBe(0);
    const subscribe = vi.spyOn(backbone.bus, "subscribe");
    const late = call("feed.watch", { topic: "devices" });
    const [code, reason] = await closed;
    expect(code).toBe(1012);
    expect(reason).toMatch(/^this node stops; retry after \d+ s$/);
    await leaving;
    expect(messages.map(({ id }) => id)).not.toContain(late);
    expect(subscribe).not.toHaveBeenCalled();
  });
});

describe("a browser over its rate limit", () => {
  it("is read more slowly after 400 calls, and all its calls are answered", async () => {
    const { call, messages, roundTrip } = await open();
    const answered = () => messages.filter(({ id }) => id !== undefined).map(({ id }) => id);
    const ids = Array.from({ length: 410 }, () => call("__listMethods"));
    // The call over the rate is answered. The calls after it wait.
    await untilTrue(() => answered().length >= 401);
    expect(answered()).toEqual(ids.slice(0, 401));
    for (let n = 402; n <= 410; n++) {
      now += 20;
      await vi.advanceTimersByTimeAsync(20);
      await untilTrue(() => answered().length >= n);
      expect(answered()).toEqual(ids.slice(0, n));
    }
    now += 20;
    await vi.advanceTimersByTimeAsync(20);
    await roundTrip();
    call("__listMethods");
    await untilTrue(() => answered().length === 411);
  });
});

describe("a browser that reads too slowly", () => {
  it("is neither pinged nor read, and later gets one hint to load everything", async () => {
    const { ask, call, connection, messages, events, fill, drain, pings } = await open();
    const { watch } = (await ask("feed.watch", { topic: "devices" })).result as { watch: number };
    fill();
    connection.socket.checkAlive();
    const first = call("__listMethods");
    const second = call("__listMethods");
    await until(() => messages.find(({ id }) => id === first));
    for (let seq = 1; seq <= 3; seq++) {
      changed("registry", seq, [`d${seq}`]);
      await settle();
    }
    backbone.away();
    await untilTrue(() => events(FEED_LOG_EVENT).length === 2);
    expect([pings(), events(FEED_EVENT), messages.some(({ id }) => id === second)]).toEqual([0, [], false]);
    drain();
    await until(() => messages.find(({ id }) => id === second));
    await settle();
    await untilTrue(() => events(FEED_EVENT).length > 0);
    expect(events(FEED_EVENT)).toEqual([{ watch, seq: 3, keys: null }]);
    connection.socket.checkAlive();
    await untilTrue(() => pings() === 1);
  });
});
