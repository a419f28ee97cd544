import { createServer, Server } from "node:net";
import fastify from "fastify";
import { afterEach, expect, it, vi } from "vitest";
import { listenForDevices } from "../../dialects/listening/websocket-listeners.ts";
import { boundLimits, ConnectionBound } from "../connection-bound.ts";
import { listenHttp, listenMqtt, openPort } from "./listen.ts";

afterEach(() => vi.restoreAllMocks());

it("the gateway opens every listener with a backlog of 4,096 connections instead of Node's 511", async () => {
  const listen = vi.spyOn(Server.prototype, "listen");
  const settings = { host: "127.0.0.1", httpPort: 0, mqttPort: 0, loginTimeout: 1_000 } as Parameters<
    typeof listenMqtt
  >[1];
  const backlogs = () =>
    listen.mock.calls.flatMap((args) =>
      (args as unknown[]).map((arg) => (typeof arg === "object" ? (arg as { backlog?: number }).backlog : arg)),
    );
  const app = fastify();
  await listenHttp(app, settings);
  expect(backlogs()).toContain(4_096);
  await app.close();

  listen.mockClear();
  const mqtt = await listenMqtt({ accept: (socket) => socket.destroy() }, settings);
  const tls = await openPort(createServer(), "127.0.0.1", 0, "FLEETLOG_MQTTS_PORT");
  const listener = { protocol: "websocket", path: "/", setting: "FLEETLOG_X_PORT", port: () => 0 } as const;
  const [own] = await listenForDevices(
    [{ name: "x", listener }],
    { upgrade: (_, socket) => socket.destroy() },
    settings,
    new ConnectionBound(boundLimits(4, () => false)),
  );
  expect(backlogs().filter((backlog) => backlog === 4_096)).toHaveLength(3);
  await Promise.all([mqtt, tls, own].map((one) => one?.close()));
});
