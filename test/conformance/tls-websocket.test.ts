import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import { Authority, type Issued } from "../support/certificates.ts";
import { type NewStockClient, STOCK_CLIENTS, type StockClient } from "../support/stock-clients.ts";
import { startTlsGateway, type TlsGateway } from "../support/tls-gateway.ts";

let node: TlsGateway;
let certificate: Issued;
let token: string;
let other: string;

beforeAll(async () => {
  node = await startTlsGateway();
  token = await node.api.register("pump-1");
  other = await node.api.register("pump-2");
  certificate = node.authority.issue({ names: ["pump-1"] });
});
afterAll(() => node[Symbol.asyncDispose]());

type Shown = Pick<Issued, "cert" | "key"> | undefined;

function options(shown: Shown, authorization?: string) {
  return {
    ca: node.authority.cert,
    ...(shown !== undefined && { cert: shown.cert, key: shown.key }),
    ...(authorization !== undefined && { headers: { authorization } }),
  };
}

async function open(make: NewStockClient, shown: Shown, path = "/device"): Promise<StockClient> {
  const client = make(`wss://${node.https}${path}`, { ...options(shown), reconnect: false });
  await new Promise<void>((resolve, reject) => {
    client.once("open", () => resolve());
    client.once("error", (error: Error) => reject(error));
  });
  return client;
}

function upgrade(shown: Shown, authorization?: string): Promise<{ status: number; detail?: string }> {
  const socket = new WebSocket(`wss://${node.https}/device`, options(shown, authorization));
  return new Promise((resolve, reject) => {
    socket.once("open", () => {
      socket.close(1000);
      socket.once("close", () => resolve({ status: 101 }));
    });
    socket.once("unexpected-response", (_request, response) => {
      let text = "";
      response.on("data", (chunk) => {
        text += chunk;
      });
      response.on("end", () => resolve({ status: response.statusCode ?? 0, detail: JSON.parse(text).detail }));
    });
    socket.once("error", reject);
  });
}

const basic = (device: string, secret: string) => `Basic ${btoa(`${device}:${secret}`)}`;

describe.each(STOCK_CLIENTS)("a client certificate with rpc-websockets %s", (_version, make) => {
  it.each(["/device", "/"])("logs its device in at an upgrade of the path %s", async (path) => {
    const client = await open(make, certificate, path);
    expect(await client.call("telemetry.report", { data: { t: 1 } })).toEqual({ seq: expect.any(Number) });
    expect(await client.login({ device: "pump-1", token })).toBe(true);
    await expect(client.login({ device: "pump-2", token: other })).rejects.toMatchObject({ code: -32003 });
    client.close(1000);
  });
});

describe("a client certificate at an upgrade", () => {
  it("may be combined with the device's valid token, but with no other token", async () => {
    expect(await upgrade(certificate, `Bearer ${token}`)).toEqual({ status: 101 });
    expect(await upgrade(certificate, basic("pump-1", token))).toEqual({ status: 101 });
    expect(await upgrade(certificate, basic("pump-1", "wrong"))).toMatchObject({ status: 401 });
    expect(await upgrade(certificate, `Bearer ${other}`)).toMatchObject({ status: 403 });
    expect(await upgrade(certificate, "Digest x")).toMatchObject({ status: 401 });
  });

  it("is refused with a reason if it is not trusted, even with a valid token", async () => {
    const expired = node.authority.issue({
      names: ["pump-1"],
      notBefore: new Date(Date.now() - 2_000),
      notAfter: new Date(Date.now() - 1_000),
    });
    const detail = "the client certificate is refused: it has expired";
    expect(await upgrade(expired)).toEqual({ status: 401, detail });
    expect(await upgrade(expired, `Bearer ${token}`)).toEqual({ status: 401, detail });
    const foreign = new Authority("Other CA").issue({ names: ["pump-1"] });
    expect(await upgrade(foreign, `Bearer ${token}`)).toMatchObject({ status: 401 });
    expect(node.logged).toContainEqual(expect.objectContaining({ code: "CERT_HAS_EXPIRED", reason: "it has expired" }));
  });

  it("is refused for a device that is not registered or was retired", async () => {
    const old = node.authority.issue({ names: ["pump-3"] });
    expect(await upgrade(old)).toMatchObject({ status: 401 });
    await node.api.register("pump-3");
    expect(await upgrade(old)).toEqual({ status: 101 });
    await node.api.call("DELETE", "/api/devices/pump-3");
    expect(await upgrade(old)).toMatchObject({ status: 401 });
  });

  it("is not needed for a log-in by call", async () => {
    expect(await upgrade(undefined, `Bearer ${token}`)).toEqual({ status: 101 });
    const [, make] = STOCK_CLIENTS[2] as (typeof STOCK_CLIENTS)[number];
    const client = await open(make, undefined);
    await expect(client.call("telemetry.report", { data: {} })).rejects.toMatchObject({ code: -32001 });
    expect(await client.login({ device: "pump-1", token })).toBe(true);
    client.close(1000);
  });
});
