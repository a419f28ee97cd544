import { connect as connectTcp } from "node:net";
import { connect as connectTls } from "node:tls";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { eventually } from "../support/eventually.ts";
import { connackOf, connect, RawMqtt } from "../support/raw-mqtt.ts";
import { RawWebSocket } from "../support/raw-websocket.ts";
import { startTlsGateway, type TlsGateway } from "../support/tls-gateway.ts";

describe("a gateway behind a trusted proxy", () => {
  const env = { FLEETLOG_TRUSTED_PROXIES: "127.0.0.1", FLEETLOG_PUBLIC_URL: "https://fleet.example/" };
  let node: TlsGateway;
  beforeAll(async () => {
    node = await startTlsGateway({ env });
  });
  afterAll(() => node[Symbol.asyncDispose]());

  async function addressOf(device: string): Promise<unknown> {
    let address: unknown;
    await eventually(async () => {
      const last = await node.backbone.log.last("session", device);
      expect(last?.type).toBe("SessionOpened");
      address = last?.type === "SessionOpened" ? last.data.address : undefined;
    });
    return address;
  }

  const HEADER = "PROXY TCP4 192.0.2.9 10.0.0.1 4711 1883\r\n";

  it("records the client's address from the PROXY protocol over MQTT", async () => {
    const token = await node.api.register("plain");
    const peer = new RawMqtt(node.gateway.mqttPort);
    peer.send(Buffer.from(HEADER), connect({ clientId: "plain", userName: "plain", password: token }));
    expect(connackOf(await peer.next()).code).toBe(0);
    expect(await addressOf("plain")).toBe("192.0.2.9:4711");
    peer.socket.destroy();
  });

  it("accepts MQTT without a PROXY header, for example from devices in the proxy's own network", async () => {
    const token = await node.api.register("near");
    const peer = new RawMqtt(node.gateway.mqttPort);
    peer.send(connect({ clientId: "near", userName: "near", password: token }));
    expect(connackOf(await peer.next()).code).toBe(0);
    expect(await addressOf("near")).toMatch(/^127\.0\.0\.1:/);
    peer.socket.destroy();
  });

  it("records the client's address from the PROXY protocol over MQTT with TLS", async () => {
    const token = await node.api.register("tls");
    const tcp = connectTcp(Number(node.gateway.mqttsPort), "127.0.0.1");
    tcp.write(HEADER);
    const tls = connectTls({ socket: tcp, host: "127.0.0.1", ca: node.authority.cert });
    tls.write(connect({ clientId: "tls", userName: "tls", password: token }));
    expect(await addressOf("tls")).toBe("192.0.2.9:4711");
    tls.destroy();
  });

  it("records the address in X-Forwarded-For over WebSocket", async () => {
    const token = await node.api.register("socket");
    const headers = { authorization: `Bearer ${token}`, "x-forwarded-for": "192.0.2.7" };
    const socket = await RawWebSocket.open(`ws://127.0.0.1:${node.gateway.httpPort}/device`, { headers });
    expect(await addressOf("socket")).toBe("192.0.2.7");
    await socket.close();
  });

  it("lets browsers of its public URL sign in with any Host header of the proxy", async () => {
    const signIn = (origin: string) =>
      fetch(`http://127.0.0.1:${node.gateway.httpPort}/api/session`, {
        method: "POST",
        headers: { "content-type": "application/json", origin },
        body: JSON.stringify({ token: node.token }),
      });
    expect((await signIn("https://fleet.example")).status).toBe(204);
    expect((await signIn("https://evil.example")).status).toBe(403);
  });
});

it("a gateway without trusted proxies closes a connection that begins with a PROXY header", async () => {
  await using node = await startTlsGateway();
  const token = await node.api.register("d1");
  const peer = new RawMqtt(node.gateway.mqttPort);
  peer.send(Buffer.from("PROXY TCP4 192.0.2.9 10.0.0.1 4711 1883\r\n"));
  peer.send(connect({ clientId: "d1", userName: "d1", password: token }));
  await peer.untilClosed();
  expect(await node.backbone.log.last("session", "d1")).toBeUndefined();
});
