import type { AddressInfo } from "node:net";
import { connect, createServer, type Server, type Socket } from "node:net";
import { createAgent, memoryStore } from "@fleetlog/agent";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { eventually } from "../support/eventually.ts";
import { type Stack, startStack } from "../support/stack.ts";

const BYTES_PER_SECOND = 32 * 1024;
const TICK_MS = 20;

let stack: Stack;
beforeAll(async () => {
  stack = await startStack();
});
afterAll(() => stack[Symbol.asyncDispose]());

async function slowLink(port: number): Promise<{ port: number; server: Server; connections: () => number }> {
  let connections = 0;
  const server = createServer({ highWaterMark: 1_024, pauseOnConnect: true }, (from: Socket) => {
    connections += 1;
    const to = connect({ port, host: "127.0.0.1" });
    to.pipe(from);
    const timer = setInterval(() => {
      const most = Math.round((BYTES_PER_SECOND * TICK_MS) / 1_000);
      const chunk = from.read(Math.min(most, from.readableLength)) as Buffer | null;
      if (chunk !== null) to.write(chunk);
    }, TICK_MS);
    const end = () => {
      clearInterval(timer);
      from.destroy();
      to.destroy();
    };
    for (const socket of [from, to]) socket.on("error", end).on("close", end);
    from.on("readable", () => {});
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { port: (server.address() as AddressInfo).port, server, connections: () => connections };
}

describe.each(["ws", "mqtt"] as const)("an agent by %s over a slow link", { concurrent: true }, (scheme) => {
  it("sends its backlog in one connection, although this takes longer than the call timeout", async () => {
    const [gateway] = stack.gateways;
    if (gateway === undefined) throw new Error("no gateway");
    const link = await slowLink(scheme === "ws" ? gateway.httpPort : gateway.mqttPort);
    const id = `slow-${scheme}`;
    const token = await stack.api.register(id);
    const agent = createAgent({
      url: `${scheme}://127.0.0.1:${link.port}${scheme === "ws" ? "/device" : ""}`,
      device: id,
      token,
      store: memoryStore(),
      // The backlog takes about seven seconds.
      limits: { callTimeoutMs: 1_500, heartbeatMs: 2_000 },
    });
    for (let n = 0; n < 100; n++) agent.report({ n, text: "x".repeat(2_000) });
    agent.start();
    await eventually(() => expect(agent.stats.stored).toBe(0), 40_000);
    const events = await stack.api.events(id, "&category=telemetry");
    expect(events.map(({ data }) => (data as { seq: number }).seq)).toEqual(
      Array.from({ length: 100 }, (_, n) => n + 1),
    );
    expect(link.connections()).toBe(1);
    await agent.stop();
    await new Promise((resolve) => link.server.close(resolve));
  });
});
