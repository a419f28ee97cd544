import { type AddressInfo, connect, createServer, type Server } from "node:net";
import { type RawData, WebSocket, WebSocketServer } from "ws";
import { packet } from "./raw-mqtt.ts";

type Signed = Readonly<Record<string, unknown>> & { readonly jws: string };
/** Changes each signed message of the gateway. */
export type Tamper = (message: Signed) => unknown;

export interface TamperingProxy {
  readonly port: number;
  close(): void;
}

const PUBLISH = 3;

/** A proxy between a device and a gateway's MQTT port (MQTT 5) that changes the gateway's messages. */
export async function tamperMqtt(gatewayPort: number, tamper: Tamper): Promise<TamperingProxy> {
  const server = createServer((device) => {
    const gateway = connect(gatewayPort, "127.0.0.1");
    device.pipe(gateway);
    let waiting = Buffer.alloc(0);
    gateway.on("data", (bytes) => {
      waiting = Buffer.concat([waiting, bytes]);
      for (let read = packetIn(waiting); read !== undefined; read = packetIn(waiting)) {
        const { first, body, size } = read;
        device.write(first >> 4 === PUBLISH ? packet(first, publish(first, body, tamper)) : waiting.subarray(0, size));
        waiting = waiting.subarray(size);
      }
    });
    const end = () => {
      device.destroy();
      gateway.destroy();
    };
    for (const socket of [device, gateway]) socket.on("error", end).on("close", end);
  });
  return { port: await listening(server), close: () => server.close() };
}

/** A proxy between a device and a gateway's WebSocket of JSON-RPC that changes the gateway's messages. */
export async function tamperWebSocket(gatewayPort: number, tamper: Tamper): Promise<TamperingProxy> {
  const server = new WebSocketServer({ port: 0, host: "127.0.0.1" });
  server.on("connection", (device, { url, headers: { authorization } }) => {
    const gateway = new WebSocket(`ws://127.0.0.1:${gatewayPort}${url}`, {
      headers: { ...(authorization !== undefined && { authorization }) },
    });
    const early: RawData[] = [];
    gateway.on("open", () => {
      for (const data of early) gateway.send(data.toString());
      early.length = 0;
    });
    device.on("message", (data) => {
      if (gateway.readyState === WebSocket.OPEN) gateway.send(data.toString());
      else early.push(data);
    });
    gateway.on("message", (data) => device.send(JSON.stringify(changed(JSON.parse(data.toString()), tamper))));
    gateway.on("error", () => device.terminate()).on("close", () => device.terminate());
    device.on("error", () => gateway.terminate()).on("close", () => gateway.terminate());
  });
  await new Promise((resolve) => server.once("listening", resolve));
  return { port: (server.address() as AddressInfo).port, close: () => server.close() };
}

async function listening(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return (server.address() as AddressInfo).port;
}

/** The first packet of the bytes; undefined if incomplete. */
function packetIn(bytes: Buffer): { first: number; body: Buffer; size: number } | undefined {
  const length = varintAt(bytes, 1);
  if (length === undefined || bytes.length < length.end + length.value) return undefined;
  const size = length.end + length.value;
  return { first: bytes[0] ?? 0, body: bytes.subarray(length.end, size), size };
}

function publish(first: number, body: Buffer, tamper: Tamper): Buffer {
  const hasId = ((first >> 1) & 3) > 0;
  const head = 2 + body.readUInt16BE(0) + (hasId ? 2 : 0);
  const properties = varintAt(body, head) ?? { value: 0, end: head + 1 };
  const start = properties.end + properties.value;
  const content: unknown = JSON.parse(body.subarray(start).toString());
  return Buffer.concat([body.subarray(0, start), Buffer.from(JSON.stringify(changed(content, tamper)))]);
}

function varintAt(bytes: Buffer, at: number): { value: number; end: number } | undefined {
  for (let end = at, value = 0, shift = 0; end < bytes.length; shift += 7) {
    const byte = bytes[end++] ?? 0;
    value += (byte & 0x7f) << shift;
    if (byte < 0x80) return { value, end };
  }
  return undefined;
}

function changed(value: unknown, tamper: Tamper): unknown {
  if (typeof value !== "object" || value === null) return value;
  if ("jws" in value && Object.keys(value).length > 1) return tamper(value as Signed);
  if (Array.isArray(value)) return value.map((one) => changed(one, tamper));
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, changed(one, tamper)]));
}
