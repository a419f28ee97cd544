import type { DeviceResource, FleetSummary, SystemResource } from "@fleetlog/protocol";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Browser, type FeedClient } from "../support/browser.ts";
import { connectMqttDevice } from "../support/devices/mqtt.ts";
import { connectWebSocketDevice } from "../support/devices/websocket.ts";
import { eventually } from "../support/eventually.ts";
import { RawWebSocket } from "../support/raw-websocket.ts";
import { type RunningGateway, type Stack, startStack } from "../support/stack.ts";

let stack: Stack;
let first: RunningGateway;
let second: RunningGateway;
let browser: Browser;
let feed: FeedClient;
beforeAll(async () => {
  stack = await startStack({ gateways: 2, projectors: 2, reactors: 1 });
  [first, second] = stack.gateways as [RunningGateway, RunningGateway];
  browser = await Browser.signedIn(first.api.url, stack.adminToken);
  feed = await browser.feed();
});
afterAll(async () => {
  feed.close();
  await stack[Symbol.asyncDispose]();
});

const at = ({ httpPort, mqttPort }: RunningGateway) => ({ httpPort, mqttPort });
const rows = async (...ids: string[]) =>
  (await browser.call("GET", `/api/devices/rows?ids=${ids.join(",")}`)).body.items as DeviceResource[];
const changesOf = (watch: number) => feed.of(watch).length;

describe("the feed", () => {
  it("names changed rows, and a read after the notification returns the change", async () => {
    const token = await second.api.register("live-1");
    await second.api.register("live-2");
    const watch = await feed.watch({ topic: "devices", keys: ["live-1"] });
    const any = await feed.watch({ topic: "devices" });
    const device = await connectMqttDevice(5)({ ...at(second), device: "live-1", token });
    await eventually(async () => {
      expect(feed.of(watch).at(-1)).toMatchObject({ watch, keys: ["live-1"], seq: expect.any(Number) });
      expect(await rows("live-1")).toMatchObject([{ status: "connected", session: { gateway: "gateway-2" } }]);
    });
    const hints = changesOf(watch);
    await second.api.call("PATCH", "/api/devices/live-2", { name: "renamed" });
    await eventually(() => expect(feed.of(any).some(({ keys }) => keys?.includes("live-2"))).toBe(true));
    expect((await rows("live-2"))[0]).toMatchObject({ name: "renamed" });
    expect(changesOf(watch)).toBe(hints);
    await device.close();
    await eventually(() => expect(changesOf(watch)).toBeGreaterThan(hints));
    expect((await rows("live-1"))[0]).toMatchObject({ status: "disconnected", lastSeen: expect.any(String) });
  });

  it("sends one notification for a change that two projectors announce", async () => {
    await first.api.register("single");
    const watch = await feed.watch({ topic: "devices", keys: ["single"] });
    const fence = await feed.watch({ topic: "devices", keys: ["fence"] });
    await first.api.call("PATCH", "/api/devices/single", { name: "once" });
    await eventually(() => expect(changesOf(watch)).toBe(1));
    await first.api.register("fence");
    await eventually(() => expect(changesOf(fence)).toBeGreaterThan(0));
    expect(changesOf(watch)).toBe(1);
  });

  it("follows a command from its issue to its end", async () => {
    const token = await first.api.register("commanded");
    const device = await connectWebSocketDevice({ ...at(second), device: "commanded", token, onCommand: () => "done" });
    const commands = await feed.watch({ topic: "commands" });
    const one = await feed.watch({ topic: "device", id: "commanded" });
    const { body } = await browser.call("POST", "/api/devices/commanded/commands?wait=10s", { name: "go" });
    expect(body).toMatchObject({ state: "completed" });
    await eventually(async () => {
      expect(feed.of(commands).some(({ keys }) => keys?.includes(body.id))).toBe(true);
      expect(changesOf(one)).toBeGreaterThan(0);
      const listed = await browser.call("GET", "/api/commands?device=commanded");
      expect(listed.body.items[0]).toMatchObject({ id: body.id, state: "completed" });
    });
    await device.close();
  });

  it("notifies a device's page of each report", async () => {
    const token = await first.api.register("reporter");
    const device = await connectMqttDevice(4)({ ...at(second), device: "reporter", token });
    const watch = await feed.watch({ topic: "device", id: "reporter" });
    for (let value = 1; value <= 3; value++) {
      const before = changesOf(watch);
      await device.telemetry({ data: { value } });
      await eventually(() => expect(changesOf(watch)).toBeGreaterThan(before));
      await eventually(async () => {
        const page = await browser.call("GET", "/api/devices/reporter/events?category=telemetry&order=desc&limit=1");
        expect(page.body.items[0].data.data).toEqual({ value });
      });
    }
    await device.close();
  });

  it("notifies of changes to the summary and the system", async () => {
    const summary = await feed.watch({ topic: "summary" });
    const system = await feed.watch({ topic: "system" });
    await first.api.register("counted", { tags: ["counted-tag"] });
    await eventually(async () => {
      expect(changesOf(summary)).toBeGreaterThan(0);
      expect(changesOf(system)).toBeGreaterThan(0);
      const fleet = (await browser.call("GET", "/api/devices/summary")).body as FleetSummary;
      expect(fleet.tags).toContainEqual({ value: "counted-tag", count: 1 });
      expect(fleet.total).toBe((await browser.call("GET", "/api/devices?limit=1")).body.total);
    });
    await eventually(async () => {
      const shown = (await browser.call("GET", "/api/system")).body as SystemResource;
      const running = { status: "running", live: { logStatus: "ready", lease: { lapsesAt: expect.any(String) } } };
      expect(shown.gateways).toMatchObject([running, running]);
      const listening = [first, second].map(({ httpPort }) => `127.0.0.1:${httpPort}`);
      expect(shown.gateways.map(({ address }) => address).sort()).toEqual(listening.sort());
      expect(shown.projectors.map(({ id, state }) => [id, state]).sort()).toEqual([
        ["projector-1", "live"],
        ["projector-2", "live"],
      ]);
      expect(shown.reactors).toMatchObject([{ active: true }]);
      expect(shown.streams.map(({ name }) => name)).toEqual(["FLEET", "TELEMETRY", "ACCESS", "DELIVERY"]);
      expect(shown.streams[0]?.events).toBeGreaterThan(0);
    });
  });

  it("ends a watch on request, and refuses invalid requests", async () => {
    const watch = await feed.watch({ topic: "devices" });
    expect(await feed.client.call("feed.unwatch", { watch })).toBe(true);
    expect(await feed.client.call("feed.unwatch", { watch })).toBe(false);
    const fence = await feed.watch({ topic: "devices" });
    await first.api.register("unwatched");
    await eventually(() => expect(changesOf(fence)).toBeGreaterThan(0));
    expect(changesOf(watch)).toBe(0);
    await expect(feed.client.call("feed.watch", { topic: "secrets" })).rejects.toMatchObject({
      code: -32602,
      data: { code: "invalid-request", field: "topic" },
    });
  });

  it("limits the watches of one connection, and still answers", async () => {
    const headers = { authorization: `Bearer ${stack.adminToken}` };
    const raw = await RawWebSocket.open(`${first.api.url.replace("http", "ws")}/live`, { headers });
    expect(await raw.next()).toMatchObject({ notification: "log", params: [{ state: "ready" }] });
    expect(await raw.next()).toMatchObject({ notification: "views", params: [{ state: "current" }] });
    const request = Array.from({ length: 100 }, (_, id) => ({
      jsonrpc: "2.0",
      method: "feed.watch",
      params: { topic: "commands" },
      id,
    }));
    const answers: { result?: object; error?: object }[] = [];
    for (let i = 0; i < 3; i++) answers.push(...((await raw.exchange(request)) as typeof answers));
    expect(answers.filter(({ result }) => result !== undefined)).toHaveLength(200);
    expect(answers.at(-1)).toMatchObject({ error: { data: { code: "conflict" } } });
    await raw.close();
  });

  it("notifies of a hanging log, and makes clients reload everything once the log answers", async () => {
    const watch = await feed.watch({ topic: "devices", keys: ["nobody"] });
    await eventually(() => expect(feed.log.at(-1)).toMatchObject({ state: "ready", since: expect.any(String) }));
    process.kill(stack.nats.pid, "SIGSTOP");
    try {
      await eventually(() => expect(feed.log.at(-1)?.state).toBe("hung"));
      expect(changesOf(watch)).toBe(0);
    } finally {
      process.kill(stack.nats.pid, "SIGCONT");
    }
    await eventually(() => expect(feed.log.at(-1)?.state).toBe("ready"));
    await eventually(() => expect(feed.of(watch)).toContainEqual({ watch, seq: 0, keys: null }));
  });

  it("reconnects after its gateway was killed, with the same cookie", async () => {
    const reopened = feed.opened();
    await first.process.kill();
    await first.restart();
    await reopened;
    const watch = await feed.watch({ topic: "devices", keys: ["after"] });
    await second.api.register("after");
    await eventually(() => expect(changesOf(watch)).toBeGreaterThan(0));
    expect(await rows("after")).toMatchObject([{ id: "after" }]);
  });
});
