import { describe, expect, it } from "vitest";
import type { AgentEvents } from "./agent-events.ts";
import { memoryStore } from "./store/memory-store.ts";
import { agentOn, sequences } from "./testing/agent.ts";
import { ManualClock, settled } from "./testing/manual-clock.ts";
import { MemoryGateway } from "./transport/memory.ts";
import { type LinkEnd, Refusal } from "./transport/transport.ts";

const busy = (retryAfterMs: number): LinkEnd => ({ kind: "busy", reason: "busy", retryAfterMs });

describe("Agent", () => {
  it("sends reports made before and after it connected, with boot, seq and time", async () => {
    const { agent, gateway, clock } = agentOn();
    agent.report({ celsius: 20 });
    agent.event("opened", { by: "hand" }, { at: new Date(0) });
    agent.start();
    await settled();
    agent.report({ celsius: 21 });
    await settled();
    const at = new Date(clock.now()).toISOString();
    const { boot } = agent;
    expect(boot).toBe(`${clock.now() / 1_000}-800000`);
    expect(gateway.messages).toEqual([
      { kind: "telemetry", reports: [{ data: { celsius: 20 }, at, boot, seq: 1 }] },
      { kind: "event", report: { name: "opened", data: { by: "hand" }, at: "1970-01-01T00:00:00.000Z", boot, seq: 2 } },
      { kind: "telemetry", reports: [{ data: { celsius: 21 }, at, boot, seq: 3 }] },
    ]);
    expect(agent.stats.stored).toBe(0);
    await agent.stop();
  });

  it("forwards reports with their own boot, seq and time, and refuses values that are no reports", async () => {
    const { agent, gateway } = agentOn();
    agent.start();
    await settled();
    const body = { data: { n: 1 }, at: "1970-01-01T00:00:00.000Z", boot: 7, seq: 40 };
    agent.forward({ kind: "telemetry", body });
    expect(agent.report({ n: 2 })).toEqual({ boot: agent.boot, seq: 1 });
    expect(() => agent.forward({ kind: "event", body: { ...body, name: "no name" } })).toThrow(TypeError);
    await settled();
    expect(gateway.messages[0]).toEqual({ kind: "telemetry", reports: [body] });
    expect(sequences(gateway.messages)).toEqual([40, 1]);
    await agent.stop();
  });

  it("keeps a report until it is acknowledged, and sends it again with the same boot and seq", async () => {
    const { agent, gateway, clock } = agentOn();
    gateway.acknowledgesAtOnce = false;
    agent.start();
    await settled();
    agent.report({ n: 1 });
    agent.report({ n: 2 });
    expect(agent.stats.stored).toBe(2);
    const first = gateway.connection;
    expect(sequences(first.messages)).toEqual([1, 2]);
    first.arrivals[1]?.acknowledge();
    await settled();
    expect(agent.stats.stored).toBe(1);
    first.drop();
    gateway.acknowledgesAtOnce = true;
    await clock.advance(1_000);
    expect(gateway.connection.messages).toEqual(first.messages.slice(0, 1));
    expect(agent.stats.stored).toBe(0);
    await agent.stop();
  });

  it("after a restart, numbers reports from 1 under a new boot, and sends the reports left from before", async () => {
    const store = memoryStore();
    const clock = new ManualClock();
    const before = agentOn({ store }, new MemoryGateway(), clock).agent;
    before.report({ n: 1 });
    const { agent, gateway } = agentOn({ store }, new MemoryGateway(), clock);
    agent.report({ n: 2 });
    agent.start();
    await settled();
    const [message] = gateway.messages;
    expect(message).toMatchObject({
      kind: "telemetry",
      reports: [
        { data: { n: 1 }, boot: before.boot, seq: 1 },
        { data: { n: 2 }, boot: agent.boot, seq: 1 },
      ],
    });
    expect(Number.parseInt(agent.boot, 10)).toBe(Number.parseInt(before.boot, 10) + 1);
    await agent.stop();
  });

  it("keeps 3 messages in flight when the gateway's window is 3", async () => {
    const gateway = new MemoryGateway();
    gateway.acknowledgesAtOnce = false;
    gateway.window = 3;
    const { agent } = agentOn({ limits: { batchItems: 1 } }, gateway);
    agent.start();
    await settled();
    for (let n = 0; n < 10; n++) agent.event("tick");
    expect(gateway.messages).toHaveLength(3);
    gateway.connection.arrivals[0]?.acknowledge();
    await settled();
    expect(sequences(gateway.messages)).toEqual([1, 2, 3, 4]);
    gateway.connection.acknowledgeAll();
    await settled();
    expect(sequences(gateway.messages)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    await agent.stop();
  });

  it("sends live reports at once and the backlog at 20 reports a second, each in sequence", async () => {
    const { agent, gateway, clock } = agentOn({ limits: { backlogPerSecond: 20, batchItems: 5 } });
    for (let n = 0; n < 50; n++) agent.report({ n });
    agent.start();
    await settled();
    expect(sequences(gateway.messages)).toEqual([1, 2, 3, 4, 5]);
    agent.report({ live: true });
    await settled();
    expect(sequences(gateway.messages)).toEqual([1, 2, 3, 4, 5, 51]);
    await clock.advance(1_000);
    expect(sequences(gateway.messages).length).toBeLessThanOrEqual(26);
    expect(sequences(gateway.messages).length).toBeGreaterThanOrEqual(20);
    await clock.advance(5_000);
    const backlog = sequences(gateway.messages).filter((seq) => seq !== 51);
    expect(backlog).toEqual(Array.from({ length: 50 }, (_, index) => index + 1));
    await agent.stop();
  });

  it("uses half of the window for the backlog, so that live reports are sent while the gateway is slow", async () => {
    const gateway = new MemoryGateway();
    gateway.acknowledgesAtOnce = false;
    const { agent } = agentOn({ limits: { window: 4, batchItems: 1, backlogPerSecond: 1_000 } }, gateway);
    for (let n = 0; n < 10; n++) agent.report({ n });
    agent.start();
    await settled();
    expect(sequences(gateway.messages)).toEqual([1, 2]);
    agent.report({ live: true });
    expect(sequences(gateway.messages)).toEqual([1, 2, 11]);
    await agent.stop({ timeoutMs: 0 });
  });

  it("limits bytes in flight to 1,000, and sends a larger report alone", async () => {
    const gateway = new MemoryGateway();
    gateway.acknowledgesAtOnce = false;
    const { agent } = agentOn({ limits: { windowBytes: 1_000, batchItems: 1 } }, gateway);
    agent.start();
    await settled();
    for (let n = 0; n < 8; n++) agent.report({ text: "x".repeat(300) });
    expect(sequences(gateway.messages)).toEqual([1, 2, 3]);
    gateway.connection.arrivals[0]?.acknowledge();
    await settled();
    expect(sequences(gateway.messages)).toEqual([1, 2, 3, 4]);
    agent.report({ text: "x".repeat(5_000) });
    gateway.connection.acknowledgeAll();
    await settled();
    expect(sequences(gateway.messages)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
    await agent.stop();
  });

  it("combines waiting telemetry into messages of at most 1,000 bytes, and sends each event alone", async () => {
    const { agent, gateway } = agentOn({ limits: { batchBytes: 1_000 } });
    for (let n = 0; n < 3; n++) agent.report({ n });
    agent.event("opened");
    agent.report({ text: "x".repeat(900) });
    agent.report({ text: "x".repeat(900) });
    agent.start();
    await settled();
    expect(gateway.messages.map((message) => sequences([message]))).toEqual([[1, 2, 3], [4], [5], [6]]);
    await agent.stop();
  });

  it("after a refused batch, sends its reports alone, drops the refused report, and emits an event", async () => {
    const gateway = new MemoryGateway();
    gateway.acknowledgesAtOnce = false;
    const { agent, clock } = agentOn({}, gateway);
    const refused: unknown[] = [];
    agent.on("refused", (report, refusal) => refused.push([report.body.seq, refusal.code]));
    for (let n = 1; n <= 4; n++) agent.report({ n });
    agent.start();
    await settled();
    const no = new Refusal(-32602, "bad", { permanent: true });
    gateway.connection.arrivals[0]?.refuse(no);
    await clock.advance(1_000);
    expect(gateway.messages.slice(1).map((message) => sequences([message]))).toEqual([[1], [2], [3], [4]]);
    gateway.connection.arrivals[3]?.refuse(no);
    gateway.connection.acknowledgeAll();
    await clock.advance(1_000);
    expect(refused).toEqual([[3, -32602]]);
    expect(agent.stats).toMatchObject({ stored: 0, refused: 1 });
    await agent.stop();
  });

  it("pauses after a temporary refusal for as long as the gateway asks, and then continues", async () => {
    const gateway = new MemoryGateway();
    gateway.acknowledgesAtOnce = false;
    const { agent, clock } = agentOn({}, gateway);
    agent.start();
    await settled();
    agent.event("tick");
    gateway.connection.arrivals[0]?.refuse(new Refusal(-32029, "too many", { permanent: false, retryAfterMs: 7_000 }));
    await settled();
    agent.event("tock");
    await clock.advance(6_999);
    expect(sequences(gateway.messages)).toEqual([1]);
    await clock.advance(1);
    expect(sequences(gateway.messages)).toEqual([1, 1, 2]);
    await agent.stop({ timeoutMs: 0 });
  });

  it("ends a connection on which a message was lost, and sends the message over the next connection", async () => {
    const gateway = new MemoryGateway();
    gateway.acknowledgesAtOnce = false;
    const { agent, clock } = agentOn({}, gateway);
    agent.start();
    await settled();
    agent.event("tick");
    gateway.connection.arrivals[0]?.refuse(new Error("no acknowledgement within 30000 ms"));
    await settled();
    expect(gateway.connection.open).toBe(false);
    gateway.acknowledgesAtOnce = true;
    await clock.advance(1_000);
    expect(sequences(gateway.messages)).toEqual([1, 1]);
    expect(agent.stats.stored).toBe(0);
    await agent.stop();
  });

  it("sends a profile once, again after a change, and again after an unacknowledged attempt", async () => {
    const { agent, gateway, clock } = agentOn({ profile: { model: "t1" } });
    agent.profile({ model: "t2" });
    agent.start();
    await settled();
    gateway.connection.drop();
    await clock.advance(1_000);
    gateway.connection.acknowledgeAll();
    gateway.acknowledgesAtOnce = false;
    gateway.connection.drop();
    await clock.advance(2_000);
    agent.profile({ model: "t3" });
    gateway.connection.drop();
    await clock.advance(4_000);
    const profile = (model: string) => ({ kind: "profile", profile: { model } });
    expect(gateway.messages).toEqual([profile("t2"), profile("t3"), profile("t3")]);
    await agent.stop({ timeoutMs: 0 });
  });

  it("emits the number of reports that a full store dropped", () => {
    const { agent } = agentOn({ store: memoryStore({ maxReports: 2 }) });
    const dropped: AgentEvents["dropped"][] = [];
    agent.on("dropped", (...count) => dropped.push(count));
    for (let n = 0; n < 4; n++) agent.report({ n });
    expect(dropped).toEqual([[{ telemetry: 1, event: 0 }], [{ telemetry: 1, event: 0 }]]);
    expect(agent.stats.dropped).toEqual({ telemetry: 2, event: 0 });
  });

  it("throws for an invalid or too large report without using a sequence number", () => {
    const { agent } = agentOn({ limits: { reportBytes: 500 } });
    const circular: Record<string, unknown> = {};
    circular.self = circular;
    expect(() => agent.report([1, 2])).toThrow(TypeError);
    expect(() => agent.report(circular)).toThrow(TypeError);
    expect(() => agent.event("no spaces allowed")).toThrow("name");
    expect(() => agent.report({ text: "x".repeat(500) })).toThrow(RangeError);
    expect(agent.report({}).seq).toBe(1);
    expect(agent.stats.stored).toBe(1);
  });

  it("ignores later changes of a reported object", async () => {
    const { agent, gateway } = agentOn();
    const data = { n: 1 };
    agent.report(data);
    data.n = 2;
    agent.start();
    await settled();
    expect(gateway.messages).toMatchObject([{ reports: [{ data: { n: 1 } }] }]);
    await agent.stop();
  });

  it("reconnects for ever with growing delays, and with the shortest delay after a stable connection", async () => {
    const { agent, gateway, clock } = agentOn({ limits: { stableMs: 30_000 } });
    const delays: number[] = [];
    agent.on("waiting", (_, delay) => delays.push(delay));
    for (let n = 0; n < 9; n++) gateway.refusals.push({ kind: "lost", reason: "unreachable" });
    agent.start();
    await clock.advance(200_000);
    expect(delays).toEqual([500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000]);
    expect(agent.status).toBe("connected");
    gateway.connection.drop();
    await settled();
    expect(delays.at(-1)).toBe(500);
    await clock.advance(1_000);
    gateway.connection.drop();
    await settled();
    expect(delays.at(-1)).toBe(1_000);
    await agent.stop();
  });

  it("does not reconnect sooner than the gateway asks", async () => {
    const { agent, gateway, clock } = agentOn();
    gateway.refusals.push(busy(20_000));
    agent.start();
    await clock.advance(20_000);
    expect(gateway.attempts).toBe(1);
    await clock.advance(500);
    expect(gateway.attempts).toBe(2);
    await agent.stop();
  });

  it("retries refused credentials rarely, and logs an error", async () => {
    const { agent, gateway, clock } = agentOn();
    const waits: [string, number][] = [];
    agent.on("waiting", ({ kind }, delay) => waits.push([kind, delay]));
    for (let n = 0; n < 6; n++) gateway.refusals.push({ kind: "credentials", reason: "HTTP 401" });
    agent.start();
    await clock.advance(10_000_000);
    expect(waits.map(([, delay]) => delay)).toEqual([45_000, 90_000, 180_000, 360_000, 675_000, 675_000]);
    expect(waits[0]?.[0]).toBe("credentials");
    await agent.stop();
  });

  it("sends stored reports when it stops, within the timeout", async () => {
    const { agent, gateway, clock } = agentOn();
    gateway.acknowledgesAtOnce = false;
    agent.start();
    await settled();
    agent.report({ n: 1 });
    let stopped = false;
    const stopping = agent.stop({ timeoutMs: 4_000 }).then(() => {
      stopped = true;
    });
    await clock.advance(1_900);
    expect(stopped).toBe(false);
    gateway.connection.acknowledgeAll();
    await stopping;
    expect(agent.stats.stored).toBe(0);
    expect(gateway.connection.open).toBe(false);
    expect(agent.status).toBe("stopped");
    await clock.advance(100_000);
    expect(gateway.attempts).toBe(1);

    const stuck = agentOn();
    stuck.gateway.acknowledgesAtOnce = false;
    stuck.agent.start();
    await settled();
    stuck.agent.report({ n: 1 });
    const gaveUp = stuck.agent.stop({ timeoutMs: 4_000 });
    await stuck.clock.advance(4_000);
    await gaveUp;
    expect(stuck.agent.stats.stored).toBe(1);
  });

  it("keeps working when a listener throws", async () => {
    const { agent, gateway } = agentOn();
    agent.on("connected", () => {
      throw new Error("listener");
    });
    agent.start();
    await settled();
    agent.report({ n: 1 });
    await settled();
    expect(sequences(gateway.messages)).toEqual([1]);
    await agent.stop();
  });
});
