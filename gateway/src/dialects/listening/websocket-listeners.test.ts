import { once } from "node:events";
import { get } from "node:http";
import { connect } from "node:net";
import type { Duplex } from "node:stream";
import { afterEach, describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import { boundLimits, ConnectionBound } from "../../net/connection-bound.ts";
import type { Listener } from "../../net/listen/listen.ts";
import type { GatewaySettings } from "../../settings/index.ts";
import type { Dialect } from "../index.ts";
import { listenForDevices } from "./websocket-listeners.ts";

const HOST = { host: "127.0.0.1" } as GatewaySettings;
const newBound = () => new ConnectionBound(boundLimits(4, () => false));
const dialect = (port: number | undefined): Dialect => ({
  name: "toy",
  listener: { protocol: "websocket", path: "/", setting: "FLEETLOG_TOY_PORT", port: () => port },
});

let listeners: readonly Listener[] = [];
afterEach(async () => {
  await Promise.all(listeners.map((listener) => listener.close()));
});

async function open(): Promise<{ port: number; upgrades: string[] }> {
  const upgrades: string[] = [];
  const endpoint = {
    upgrade(_request: unknown, socket: Duplex, _head: Buffer, listener: string) {
      upgrades.push(listener);
      socket.destroy();
    },
  };
  listeners = await listenForDevices([{ name: "other" }, dialect(0)], endpoint, HOST, newBound());
  expect(listeners).toHaveLength(1);
  return { port: listeners[0]?.port ?? 0, upgrades };
}

async function upgrade(port: number): Promise<void> {
  const websocket = new WebSocket(`ws://127.0.0.1:${port}/?x=1`);
  websocket.on("error", () => {});
  await new Promise((resolve) => websocket.once("close", resolve));
}

async function statusOf(url: string): Promise<number | undefined> {
  const websocket = new WebSocket(url);
  websocket.on("error", () => {});
  const [, response] = await once(websocket, "unexpected-response");
  return response.statusCode;
}

describe("a dialect's own listener", () => {
  it("stays closed when its setting is not given", async () => {
    const endpoint = { upgrade: () => expect.unreachable() };
    expect(await listenForDevices([dialect(undefined)], endpoint, HOST, newBound())).toEqual([]);
  });

  it("passes WebSocket upgrades at its path to the endpoint, with the dialect's name", async () => {
    const { port, upgrades } = await open();
    await upgrade(port);
    expect(upgrades).toEqual(["toy"]);
  });

  it("refuses upgrades at other paths with 404, and requests without upgrade with 426", async () => {
    const { port, upgrades } = await open();
    expect(await statusOf(`ws://127.0.0.1:${port}/device`)).toBe(404);
    const [response] = await once(get(`http://127.0.0.1:${port}/`), "response");
    response.resume();
    expect(response.statusCode).toBe(426);
    expect(upgrades).toEqual([]);
  });

  it("closes a new connection if its address has half of the allowed connections that are not WebSockets yet", async () => {
    const { port, upgrades } = await open();
    const silent = [1, 2].map(() => connect(port, "127.0.0.1"));
    await Promise.all(silent.map((socket) => once(socket, "connect")));
    const [refused] = await once(get(`http://127.0.0.1:${port}/`), "error");
    expect(refused).toMatchObject({ code: "ECONNRESET" });
    silent[0]?.destroy();
    await expect.poll(() => upgrade(port).then(() => upgrades.length)).toBeGreaterThan(0);
    for (let i = 0; i < 4; i++) await upgrade(port);
    expect(upgrades.length).toBeGreaterThan(4);
    silent[1]?.destroy();
  });

  it("fails with the setting's name when its port is taken", async () => {
    const { port } = await open();
    const endpoint = { upgrade: () => expect.unreachable() };
    await expect(listenForDevices([dialect(port)], endpoint, HOST, newBound())).rejects.toMatchObject({
      code: "conflict",
      field: "FLEETLOG_TOY_PORT",
    });
  });
});
