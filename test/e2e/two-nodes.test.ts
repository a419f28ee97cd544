import type { EventPage } from "@fleetlog/protocol";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Answer } from "../support/api.ts";
import { connectMqttDevice } from "../support/devices/mqtt.ts";
import { connectWebSocketDevice } from "../support/devices/websocket.ts";
import { eventually } from "../support/eventually.ts";
import { type RunningGateway, type Stack, startStack } from "../support/stack.ts";

let stack: Stack;
let first: RunningGateway;
let second: RunningGateway;
beforeAll(async () => {
  stack = await startStack({ gateways: 2, projectors: 2, reactors: 2 });
  [first, second] = stack.gateways as [RunningGateway, RunningGateway];
});
afterAll(() => stack[Symbol.asyncDispose]());

const echo = { onCommand: ({ name }: { name: string }) => ({ did: name }) };
const at = ({ httpPort, mqttPort }: RunningGateway) => ({ httpPort, mqttPort });

describe("two gateways and two projectors on one log", () => {
  it("hand a device's session over, by any protocol", async () => {
    const token = await first.api.register("mover");
    const older = await connectMqttDevice(5)({ ...at(first), device: "mover", token, ...echo });
    await eventually(async () => expect((await second.api.device("mover")).session?.gateway).toBe("gateway-1"));
    const newer = await connectWebSocketDevice({ ...at(second), device: "mover", token, ...echo });
    await older.closed;
    const shown = await eventually(async () => {
      const found = await first.api.device("mover");
      expect(found.session?.gateway).toBe("gateway-2");
      return found;
    });
    expect(shown.status).toBe("connected");
    const done = await first.api.command("mover", { name: "where" }, "?wait=10s");
    expect(done.body).toMatchObject({ state: "completed", result: { did: "where" } });
    expect(older.commands).toHaveLength(0);
    await newer.close();
    await eventually(async () => expect((await first.api.device("mover")).status).toBe("disconnected"));
  });

  it("deliver a command that was issued on one node to a device on the other node", async () => {
    const token = await first.api.register("far");
    const device = await connectMqttDevice(4)({ ...at(second), device: "far", token, ...echo });
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, n) => first.api.command("far", { name: `step-${n}` }, "?wait=10s")),
    );
    expect(answers.map(({ body }) => body.state)).toEqual(answers.map(() => "completed"));
    expect(new Set(device.commands.map(({ id }) => id)).size).toBe(20);
    await device.close();
  });

  it("issue one command for one idempotency key, on either node", async () => {
    await first.api.register("once");
    const headers = { "idempotency-key": "4711" };
    const answers = await Promise.all([
      first.api.command("once", { name: "wipe" }, "", headers),
      second.api.command("once", { name: "wipe" }, "", headers),
      first.api.command("once", { name: "wipe" }, "", headers),
    ]);
    expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1);
    const issued = (await second.api.events("once")).filter(({ type }) => type === "CommandIssued");
    expect(issued).toHaveLength(1);
    const other = await second.api.command("once", { name: "reboot" }, "", headers);
    expect(other.body).toMatchObject({ status: 422, code: "idempotency-key-reused" });
  });

  it.each([
    ["MQTT 5", connectMqttDevice(5)],
    ["JSON-RPC", connectWebSocketDevice],
  ] as const)(
    "accept a replaced token, and keep its session, until the overlap ends, over %s",
    async (protocol, connectDevice) => {
      const device = `rotated-${protocol.replace(" ", "-").toLowerCase()}`;
      const token = await first.api.register(device);
      const connected = await connectDevice({ ...at(second), device, token, ...echo });
      const rotate = (overlap: string) =>
        first.api.call<{ token: string; previousUntil: string }>("POST", `/api/devices/${device}/token`, { overlap });
      for (const wrong of ["8d", "soon", "10"])
        expect(await rotate(wrong)).toMatchObject({ status: 400, body: { field: "overlap" } });
      const { body } = await rotate("3s");
      // A session of the new token replaces the session. Then the old token opens a session, which ends with the overlap.
      const newer = await connectDevice({ ...at(first), device, token: body.token, ...echo });
      await connected.closed;
      await newer.close();
      const again = await connectDevice({ ...at(second), device, token, ...echo });
      await again.closed;
      const late = Date.now() - Date.parse(body.previousUntil);
      expect(late).toBeGreaterThanOrEqual(0);
      // A busy machine may need several seconds.
      expect(late).toBeLessThan(10_000);
      await expect(connectDevice({ ...at(first), device, token })).rejects.toThrow();
      await (await connectDevice({ ...at(second), device, token: body.token })).close();
    },
  );

  it("show a caller's own writes at once on both nodes", async () => {
    for (let n = 0; n < 20; n++) {
      const id = `written-${n}`;
      await first.api.register(id, { tags: ["written"] });
      expect((await second.api.device(id)).status).toBe("never-connected");
      expect((await first.api.devices("?tag=written")).total).toBe(n + 1);
    }
    const [one, other] = await eventually(async () => {
      const pages = await Promise.all([first.api.devices("?tag=written"), second.api.devices("?tag=written")]);
      expect(pages[0].total).toBe(pages[1].total);
      return pages;
    });
    expect(one).toEqual(other);
  });

  it("expire a command whose device never connects, and cancel the commands of a retired device", async () => {
    await first.api.register("absent");
    const short = await first.api.command("absent", { name: "now", deadline: "1s" }, "?wait=20s");
    expect(short.body.state).toBe("expired");
    const open = await first.api.command("absent", { name: "later" });
    await second.api.call("DELETE", "/api/devices/absent");
    await eventually(async () => {
      const { body } = await first.api.call("GET", `/api/commands/${open.body.id}`);
      expect(body).toMatchObject({ state: "cancelled" });
    });
  });

  it("mark all sessions of a killed gateway as lost by one event, except sessions taken over by another node", async () => {
    const ids = ["left-1", "left-2", "moved"];
    for (const id of ids) {
      const token = await first.api.register(id);
      await connectMqttDevice(5)({ ...at(second), device: id, token, ...echo });
    }
    const token = (await first.api.call<{ token: string }>("POST", "/api/devices/moved/token")).body.token;
    await second.process.kill();
    const moved = await connectMqttDevice(5)({ ...at(first), device: "moved", token, ...echo });
    for (const id of ["left-1", "left-2"]) {
      const shown = await eventually(async () => {
        const found = await first.api.device(id);
        expect(found.status).toBe("disconnected");
        return found;
      });
      expect(shown.evidence.map(({ type }) => type)).toContain("GatewayLost");
    }
    expect((await first.api.device("moved")).status).toBe("connected");
    await moved.close();
    await second.restart();
    expect((await second.api.device("left-1")).status).toBe("disconnected");
    // On request, a device's events include GatewayLost, except for a device that had moved to another gateway.
    const types = async (id: string, query: string) => (await first.api.events(id, query)).map(({ type }) => type);
    for (const id of ["left-1", "left-2"]) {
      expect(await types(id, "&with=gateways")).toEqual(["DeviceRegistered", "SessionOpened", "GatewayLost"]);
      expect(await types(id, "&with=gateways&order=desc")).toEqual([
        "GatewayLost",
        "SessionOpened",
        "DeviceRegistered",
      ]);
      expect(await types(id, "")).toEqual(["DeviceRegistered", "SessionOpened"]);
    }
    expect(await types("moved", "&with=gateways")).not.toContain("GatewayLost");
  });

  it("include in a device's events that its gateway restarted after a kill or was stopped", async () => {
    const token = await first.api.register("restarted");
    await connectMqttDevice(5)({ ...at(second), device: "restarted", token, ...echo });
    await second.process.kill();
    await second.restart();
    await eventually(async () => expect((await first.api.device("restarted")).status).toBe("disconnected"));
    await connectMqttDevice(5)({ ...at(second), device: "restarted", token, ...echo });
    await second.process.stop();
    await second.restart();
    await connectMqttDevice(5)({ ...at(second), device: "restarted", token, ...echo });
    const sessions = [
      "SessionOpened",
      expect.stringMatching(/^Gateway(Started|Lost)$/),
      "SessionOpened",
      "GatewayStopped",
      "SessionOpened",
    ];
    for (const limit of [1, 2, 1_000]) {
      const read: { type: string; seq: number; subject: string }[] = [];
      for (let from: string | null = ""; from !== null; ) {
        const query: string = `limit=${limit}&category=session&with=gateways&order=desc${from && `&from=${from}`}`;
        const { body }: Answer<EventPage> = await first.api.call("GET", `/api/devices/restarted/events?${query}`);
        read.push(...body.items);
        from = body.next;
      }
      expect(read.map(({ type }) => type).toReversed()).toEqual(sessions);
      expect(read.map(({ seq }) => seq)).toEqual(read.map(({ seq }) => seq).toSorted((a, b) => b - a));
      expect(read[1]?.subject).toBe("fleet.gateway.gateway-2");
    }
  });

  it("refuse an unknown value of the query parameter `with`", async () => {
    const { body } = await first.api.call("GET", "/api/devices/restarted/events?with=everything");
    expect(body).toMatchObject({ status: 400, field: "with" });
  });
});
