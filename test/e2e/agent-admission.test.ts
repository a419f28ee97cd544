import { createAgent } from "@fleetlog/agent";
import { afterAll, beforeAll, expect, it } from "vitest";
import { nextEvent } from "../support/agent-event.ts";
import { eventually } from "../support/eventually.ts";
import { type Stack, startStack } from "../support/stack.ts";

let stack: Stack;
beforeAll(async () => {
  stack = await startStack({ env: { FLEETLOG_MAX_CONNECTIONS: "1" } });
});
afterAll(() => stack[Symbol.asyncDispose]());

it.each(["ws", "mqtt"] as const)(
  "an agent by %s obeys the retry-after of a gateway at its connection limit, and connects later",
  async (scheme) => {
    const [gateway] = stack.gateways;
    if (gateway === undefined) throw new Error("no gateway");
    const url = scheme === "ws" ? `ws://127.0.0.1:${gateway.httpPort}/device` : `mqtt://127.0.0.1:${gateway.mqttPort}`;
    const agentOf = async (device: string) => {
      const token = await stack.api.register(device);
      return createAgent({ url, device, token, backoff: { baseMs: 1, capMs: 1 } });
    };
    const first = await agentOf(`first-${scheme}`);
    const connected = nextEvent(first, "connected");
    first.start();
    await connected;
    const second = await agentOf(`second-${scheme}`);
    const waiting = nextEvent(second, "waiting");
    second.start();
    const [end, delayMs] = (await waiting) as [{ kind: string; retryAfterMs?: number }, number];
    expect(end.kind).toBe("busy");
    expect(end.retryAfterMs).toBeGreaterThanOrEqual(1_000);
    expect(delayMs).toBeGreaterThanOrEqual(end.retryAfterMs ?? 0);
    await first.stop();
    await eventually(() => expect(second.status).toBe("connected"), 30_000);
    await second.stop();
  },
);
