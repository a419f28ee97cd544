import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ConnectDevice } from "../support/devices/device.ts";
import { connectMqttDevice } from "../support/devices/mqtt.ts";
import { connectWebSocketDevice } from "../support/devices/websocket.ts";
import { eventually } from "../support/eventually.ts";
import { type Stack, startStack } from "../support/stack.ts";

let stack: Stack;
beforeAll(async () => {
  stack = await startStack();
});
afterAll(() => stack[Symbol.asyncDispose]());

const ways: readonly (readonly [string, ConnectDevice])[] = [
  ["rpc-websockets", connectWebSocketDevice],
  ["MQTT.js 3.1.1", connectMqttDevice(4)],
  ["MQTT.js 5", connectMqttDevice(5)],
  ["MQTT.js 5 over WebSocket", connectMqttDevice(5, true)],
];

describe.each(ways)("a device with %s", (way, connect) => {
  const id = way.replaceAll(/[^A-Za-z0-9]+/g, "-");

  it("is registered, connects, reports, executes commands, and is retired", async () => {
    const { api, gateways } = stack;
    const [{ httpPort, mqttPort } = { httpPort: 0, mqttPort: 0 }] = gateways;
    const token = await api.register(id, { name: `The ${way} one`, tags: ["e2e", "red"] });
    expect(await api.device(id)).toMatchObject({
      id,
      status: "never-connected",
      tags: ["e2e", "red"],
      pendingCommands: [],
    });

    const pending = await api.command(id, { name: "while-away", params: { n: 1 }, deadline: "1m" });
    expect(pending.status).toBe(202);
    expect((await api.device(id)).pendingCommands).toMatchObject([{ id: pending.body.id, state: "issued" }]);

    const device = await connect({
      httpPort,
      mqttPort,
      device: id,
      token,
      onCommand: ({ name, params }) => {
        if (name === "fail") throw new Error("no such relay");
        return { did: name, params };
      },
    });
    await eventually(async () => {
      const { body } = await api.call<{ state: string }>("GET", `/api/commands/${pending.body.id}`);
      expect(body).toMatchObject({ state: "completed", result: { did: "while-away", params: { n: 1 } } });
    });

    await device.profile({ model: "M1", serial: "S-1", firmware: "1.2.3", extra: { any: true } });
    await device.telemetry({ data: { temperature: 20.5 }, at: "2026-01-01T00:00:00Z", boot: "b1", seq: 1 });
    await device.telemetry([
      { data: { temperature: 20.6 }, boot: "b1", seq: 2 },
      { data: { temperature: 20.7 }, boot: "b1", seq: 3 },
    ]);
    await device.telemetry({ data: { temperature: 20.5 }, boot: "b1", seq: 1 });
    await device.event("door-opened", { data: { by: "key" }, boot: "b1", seq: 4 });

    const shown = await eventually(async () => {
      const found = await api.device(id);
      expect(found.profile).toEqual({ model: "M1", serial: "S-1", firmware: "1.2.3", extra: { any: true } });
      return found;
    });
    expect(shown).toMatchObject({ status: "connected", model: "M1", serial: "S-1", firmware: "1.2.3" });
    expect(shown.session).toMatchObject({ gateway: "gateway-1" });
    expect(shown.evidence.map(({ type }) => type)).toContain("SessionOpened");

    const done = await api.command(id, { name: "blink", params: { times: 3 } }, "?wait=10s");
    expect(done.status).toBe(200);
    expect(done.body).toMatchObject({
      state: "completed",
      result: { did: "blink", params: { times: 3 } },
      issuedBy: "admin",
    });
    const failed = await api.command(id, { name: "fail" }, "?wait=10s");
    expect(failed.status).toBe(200);
    expect(failed.body).toMatchObject({ state: "failed", error: { code: "failed", message: "Error: no such relay" } });
    expect(device.commands.map(({ name }) => name)).toEqual(["while-away", "blink", "fail"]);

    const history = await api.events(id);
    const types = history.map(({ type }) => type);
    expect(types.filter((type) => type === "TelemetryReported")).toHaveLength(3);
    expect(types).toEqual(
      expect.arrayContaining(["DeviceRegistered", "SessionOpened", "DeviceProfileReported", "DeviceEventReported"]),
    );
    const chain = history.filter(
      (event) => (event as { correlationid?: string }).correlationid === done.headers.get("x-correlation-id"),
    );
    expect(chain.map(({ type }) => type)).toEqual(["CommandIssued", "CommandDelivered", "CommandCompleted"]);
    expect((await api.events(id, "&order=desc")).map((event) => event.id)).toEqual(
      history.map((event) => event.id).toReversed(),
    );

    expect((await api.call("DELETE", `/api/devices/${id}`)).status).toBe(204);
    await device.closed;
    await expect(connect({ httpPort, mqttPort, device: id, token })).rejects.toThrow();
    expect((await api.device(id)).status).toBe("retired");
    expect((await api.command(id, { name: "blink" })).status).toBe(410);
    expect((await api.devices()).items.map((item) => item.id)).not.toContain(id);
    expect((await api.events(id)).map(({ type }) => type)).toContain("DeviceRetired");
  });

  it("is shown as disconnected, with the reason", async () => {
    const { api, gateways } = stack;
    const [{ httpPort, mqttPort } = { httpPort: 0, mqttPort: 0 }] = gateways;
    const gone = `${id}-gone`;
    const token = await api.register(gone);
    const device = await connect({ httpPort, mqttPort, device: gone, token });
    await eventually(async () => expect((await api.device(gone)).status).toBe("connected"));
    expect((await api.devices("?status=connected")).items.map((item) => item.id)).toContain(gone);
    await device.close();
    const shown = await eventually(async () => {
      const found = await api.device(gone);
      expect(found.status).toBe("disconnected");
      return found;
    });
    expect(shown.evidence.map(({ type }) => type)).toEqual(["SessionOpened", "SessionClosed"]);
  });
});
