import { once } from "node:events";
import { type AddressInfo, connect, createServer } from "node:net";
import { type FleetEvent, toEvent } from "@fleetlog/domain";
import { connectBackbone, declareStreams } from "@fleetlog/log";
import { expect, it } from "vitest";
import { startTestNats } from "../support/nats.ts";

const MIB = 1024 * 1024;
const limits = { maxBytes: 64 * MIB, replicas: 1 };
const streams = declareStreams({ FLEET: limits, TELEMETRY: limits });
const EVENTS = 120;
const BYTES = 200_000;

function large(id: string): FleetEvent {
  const body = { type: "DeviceEventReported", data: { name: "n", data: { text: "x".repeat(BYTES) } } } as const;
  return toEvent(body, { id, source: "/devices/a", time: new Date().toISOString(), entity: "a" });
}

/** Forwards to a port, and counts the bytes that come back. */
async function countingProxy(port: number) {
  let bytes = 0;
  const server = createServer((socket) => {
    const upstream = connect(port, "127.0.0.1").on("data", (part) => {
      bytes += part.length;
    });
    for (const [one, other] of [
      [socket, upstream],
      [upstream, socket],
    ] as const)
      one.on("error", () => other.destroy()).pipe(other);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return { port: (server.address() as AddressInfo).port, bytes: () => bytes, close: () => server.close() };
}

it("a read of some ids gets only the events with these ids, not the payloads of 120 others of 200 kB", async () => {
  await using nats = await startTestNats({ sync: "1m" });
  const writer = await connectBackbone({ url: nats.url, name: "writer", streams });
  const isWanted = (i: number) => i === 0 || i === EVENTS / 2 || i === EVENTS - 1;
  const ids = Array.from({ length: EVENTS }, (_, i) => `${isWanted(i) ? "wanted" : "other"}/${i}`);
  const [first] = await Promise.all(ids.map((id) => writer.log.append(large(id))));
  const proxy = await countingProxy(nats.port);
  const reader = await connectBackbone({ url: `nats://127.0.0.1:${proxy.port}`, name: "reader", streams });
  const before = proxy.bytes();
  const found: string[] = [];
  const query = { stream: "FLEET", category: "event", entity: "a", fromSeq: first?.seq ?? 0 } as const;
  for await (const { id } of reader.log.read({ ...query, ids: (id) => id.startsWith("wanted/") })) found.push(id);
  expect(found).toEqual(ids.filter((id) => id.startsWith("wanted/")));
  expect(proxy.bytes() - before).toBeLessThan(10 * BYTES);
  await Promise.all([reader.close(), writer.close()]);
  proxy.close();
}, 60_000);
