import type { AddressInfo } from "node:net";
import { createServer, type Server } from "node:net";
import { afterEach, beforeEach, expect, it } from "vitest";
import { asking, type ConnectProxy, startConnectProxy } from "../testing/connect-proxy.ts";
import { checkPorts, otherAddresses } from "./check.ts";

const settings = { proxy: undefined, timeoutMs: 5_000, ca: undefined };
let server: Server;
let proxy: ConnectProxy | undefined;
let port: number;
beforeEach(async () => {
  server = createServer((socket) => socket.on("error", () => {}));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  port = (server.address() as AddressInfo).port;
});
afterEach(() => {
  server.close();
  proxy?.close();
  proxy = undefined;
});

/** A port on which nothing listens. */
async function closedPort(): Promise<number> {
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
  const { port: closed } = other.address() as AddressInfo;
  await new Promise((resolve) => other.close(resolve));
  return closed;
}

it("the check says which addresses can be reached, and what to do about the others", async () => {
  const closed = await closedPort();
  const found = await checkPorts(
    [
      `mqtt://127.0.0.1:${port}`,
      `mqtt://127.0.0.1:${port}/`,
      `ws://127.0.0.1:${closed}/device`,
      "mqtt://no-such-host.invalid",
    ],
    settings,
  );
  expect(found).toMatchObject([
    { url: `mqtt://127.0.0.1:${port}` },
    { problem: expect.stringMatching(/ECONNREFUSED/), advice: expect.stringContaining(`port ${closed} of 127.0.0.1`) },
    { advice: expect.stringMatching(/name in broker-url.*DNS/) },
  ]);
  expect(found[0]).not.toHaveProperty("problem");
});

it("the check reaches addresses through a proxy, with the proxy's user and password", async () => {
  proxy = await startConnectProxy(asking("ada", "p@ss word"));
  const through = (login: string) =>
    checkPorts([`mqtt://127.0.0.1:${port}`], { ...settings, proxy: `http://${login}127.0.0.1:${proxy?.port}` });
  expect(await through("ada:p%40ss%20word@")).toEqual([{ url: `mqtt://127.0.0.1:${port}` }]);
  expect(proxy.opened).toEqual([`127.0.0.1:${port}`]);
  expect(await through("")).toMatchObject([
    { problem: expect.stringContaining("407"), advice: expect.stringMatching(/user and password/) },
  ]);
  expect(await through("ada:wrong@")).toMatchObject([{ problem: expect.stringContaining("407") }]);
});

it("the check says what to do about a proxy that refuses, or is not there", async () => {
  proxy = await startConnectProxy(() => 403);
  const url = `mqtt://127.0.0.1:${port}`;
  const refused = await checkPorts([url], { ...settings, proxy: `http://127.0.0.1:${proxy.port}` });
  expect(refused).toMatchObject([{ advice: `Ask whoever runs the proxy to allow CONNECT to 127.0.0.1:${port}.` }]);
  const closed = await closedPort();
  const gone = await checkPorts([url], { ...settings, proxy: `http://127.0.0.1:${closed}` });
  expect(gone).toMatchObject([{ advice: expect.stringContaining(`the proxy 127.0.0.1:${closed}`) }]);
});

it("the check names the ordinary addresses of the same host", () => {
  expect(otherAddresses(["mqtts://fleet.example"])).toEqual([
    "wss://fleet.example/device",
    "mqtt://fleet.example:1883",
  ]);
  expect(otherAddresses(["wss://fleet.example/device", "mqtt://fleet.example:1884"])).toEqual([
    "mqtts://fleet.example:8883",
    "mqtt://fleet.example:1883",
  ]);
});
