import type { CommandMessage } from "@fleetlog/protocol";
import { describe, expect, it } from "vitest";
import { CommandFailure } from "./commands/handler.ts";
import { memoryStore } from "./store/memory-store.ts";
import { type AgentOverrides, agentOn } from "./testing/agent.ts";
import { settled } from "./testing/manual-clock.ts";
import { MemoryGateway } from "./transport/memory.ts";
import { type Outgoing, Refusal } from "./transport/transport.ts";

function command(id: string, name: string, more: Partial<CommandMessage> = {}): CommandMessage {
  return { id, name, params: null, deadline: "2026-01-01T01:00:00Z", ...more };
}

function results(messages: readonly Outgoing[]) {
  return messages.flatMap((message) => (message.kind === "command-result" ? [message.result] : []));
}

async function connected(given: AgentOverrides, gateway = new MemoryGateway()) {
  const all = agentOn(given, gateway);
  all.agent.start();
  await settled();
  return all;
}

function held() {
  const calls: { params: unknown; signal: AbortSignal; end: (value: unknown) => void }[] = [];
  const run = (params: unknown, { signal }: { signal: AbortSignal }) =>
    new Promise((end, fail) => {
      calls.push({ params, signal, end });
      signal.addEventListener("abort", () => fail(new Error("aborted")));
    });
  return { calls, run };
}

describe("commands", () => {
  it("are passed to their handler with id, deadline and params, and answered with its return value", async () => {
    const seen: unknown[] = [];
    const add = (params: unknown, { id, deadline }: { id: string; deadline: Date | undefined }) => {
      seen.push([params, id, deadline?.toISOString()]);
      return { sum: 3, nothing: undefined };
    };
    const { agent, gateway } = await connected({ commands: { add, nothing: () => undefined } });
    gateway.connection.deliver(command("c1", "add", { params: [1, 2] }));
    gateway.connection.deliver(command("c2", "nothing"));
    await settled();
    expect(seen).toEqual([[[1, 2], "c1", "2026-01-01T01:00:00.000Z"]]);
    expect(results(gateway.messages)).toEqual([
      { id: "c1", ok: true, result: { sum: 3 } },
      { id: "c2", ok: true, result: null },
    ]);
    await agent.stop();
  });

  it("pass an empty object to their handler if their parameters are null", async () => {
    const seen: unknown[] = [];
    const { agent, gateway } = await connected({ commands: { blink: (params) => void seen.push(params) } });
    gateway.connection.deliver(command("c1", "blink", { params: null }));
    gateway.connection.deliver(command("c2", "blink", { params: 0 }));
    await settled();
    expect(seen).toEqual([{}, 0]);
    await agent.stop();
  });

  it("fail if the handler throws, returns no JSON, or is missing", async () => {
    const { agent, gateway } = await connected({
      commands: {
        coded: () => {
          throw new CommandFailure("door-open", "close it first");
        },
        broken: async () => {
          throw new Error("broken");
        },
        big: () => 1n,
      },
    });
    for (const name of ["coded", "broken", "big", "other", "toString", "__proto__"])
      gateway.connection.deliver(command(name, name));
    await settled();
    const errors = results(gateway.messages).map((result) => (result.ok ? "ok" : result.error.code));
    expect(errors).toEqual([
      "door-open",
      "failed",
      "result-not-json",
      "unknown-command",
      "unknown-command",
      "unknown-command",
    ]);
    expect(results(gateway.messages)[0]).toEqual({
      id: "coded",
      ok: false,
      error: { code: "door-open", message: "close it first" },
    });
    await agent.stop();
  });

  it("are not started after their deadline, even if it passes while they are queued", async () => {
    const { calls, run } = held();
    const { agent, gateway, clock } = await connected({ commands: { run } });
    gateway.connection.deliver(command("late", "run", { deadline: "2025-12-31T23:59:59Z" }));
    gateway.connection.deliver(command("first", "run"));
    gateway.connection.deliver(command("second", "run", { deadline: "2026-01-01T00:00:10Z" }));
    await clock.advance(11_000);
    calls[0]?.end("done");
    await settled();
    expect(calls).toHaveLength(1);
    expect(results(gateway.messages)).toEqual([
      { id: "late", ok: false, error: { code: "expired", message: "its deadline was 2025-12-31T23:59:59Z" } },
      { id: "first", ok: true, result: "done" },
      { id: "second", ok: false, error: { code: "expired", message: "its deadline was 2026-01-01T00:00:10Z" } },
    ]);
    await agent.stop();
  });

  it("are started only within the remaining time that the gateway states, even if the device's clock is wrong", async () => {
    const { calls, run } = held();
    const { agent, gateway, clock } = await connected({ commands: { run } });
    const past = { deadline: "2025-06-01T00:00:00Z" };
    for (const id of ["now", "waits", "too-late", "again"]) {
      gateway.connection.deliver(command(id, "run", past), 10_000);
    }
    clock.jump(-86_400_000);
    await clock.advance(9_000);
    gateway.connection.deliver(command("again", "run", past), 5_000);
    calls[0]?.end(null);
    await settled();
    expect(calls).toHaveLength(2);
    await clock.advance(2_000);
    calls[1]?.end(null);
    await settled();
    calls[2]?.end(null);
    await settled();
    expect(results(gateway.messages).map((result) => [result.id, result.ok || result.error.code])).toEqual([
      ["now", true],
      ["waits", true],
      ["too-late", "expired"],
      ["again", true],
    ]);
    await agent.stop();
  });

  it("run one at a time in the order of delivery, or two at a time if configured", async () => {
    const one = held();
    const single = await connected({ commands: { run: one.run } });
    for (const id of ["a", "b"]) single.gateway.connection.deliver(command(id, "run", { params: id }));
    await settled();
    expect(one.calls.map(({ params }) => params)).toEqual(["a"]);
    one.calls[0]?.end(null);
    await settled();
    expect(one.calls.map(({ params }) => params)).toEqual(["a", "b"]);
    one.calls[1]?.end(null);
    await single.agent.stop();

    const two = held();
    const double = await connected({ commands: { run: two.run }, limits: { commandConcurrency: 2 } });
    for (const id of ["a", "b", "c"]) double.gateway.connection.deliver(command(id, "run", { params: id }));
    await settled();
    expect(two.calls.map(({ params }) => params)).toEqual(["a", "b"]);
    for (const { end } of two.calls) end(null);
    await settled();
    two.calls[2]?.end(null);
    await double.agent.stop();
  });

  it("run once if they are delivered again while queued, running or finished", async () => {
    const { calls, run } = held();
    const { agent, gateway, clock } = await connected({ commands: { run } });
    for (const id of ["a", "b", "b", "a"]) gateway.connection.deliver(command(id, "run"));
    calls[0]?.end(1);
    await settled();
    calls[1]?.end(2);
    await settled();
    gateway.connection.drop();
    await clock.advance(1_000);
    gateway.connection.deliver(command("a", "run"));
    await settled();
    expect(calls).toHaveLength(2);
    expect(results(gateway.connection.messages)).toEqual([{ id: "a", ok: true, result: 1 }]);
    await agent.stop();
  });

  it("are answered over the next connection if the one that delivered them has ended", async () => {
    const { calls, run } = held();
    const { agent, gateway, clock } = await connected({ commands: { run } });
    gateway.connection.deliver(command("a", "run"));
    gateway.connection.drop();
    calls[0]?.end("done");
    await settled();
    await clock.advance(1_000);
    expect(results(gateway.connection.messages)).toEqual([{ id: "a", ok: true, result: "done" }]);
    await agent.stop();
  });

  it("are answered from the store after a restart, and again after each new delivery", async () => {
    const store = memoryStore();
    const gateway = new MemoryGateway();
    gateway.acknowledgesAtOnce = false;
    let times = 0;
    const commands = { count: () => ++times };
    const before = await connected({ store, commands }, gateway);
    gateway.connection.deliver(command("a", "count"));
    await settled();
    await before.agent.stop({ timeoutMs: 0 });

    const after = await connected({ store, commands });
    expect(results(after.gateway.messages)).toEqual([{ id: "a", ok: true, result: 1 }]);
    after.gateway.connection.deliver(command("a", "count"));
    await settled();
    expect(results(after.gateway.messages)).toHaveLength(2);
    expect(times).toBe(1);
    await after.agent.stop();
  });

  it("fail as interrupted if the device stopped while they ran, or run again if idempotent", async () => {
    const store = memoryStore();
    const { run } = held();
    const commands = { once: run, often: { run, idempotent: true } };
    const crashed = await connected({ store, commands, limits: { commandConcurrency: 2 } });
    crashed.gateway.connection.deliver(command("a", "once"));
    crashed.gateway.connection.deliver(command("b", "often"));
    await settled();

    const often = { run: () => "again", idempotent: true };
    const { agent, gateway } = await connected({ store, commands: { once: run, often } });
    for (const [id, name] of [
      ["a", "once"],
      ["b", "often"],
    ] as const)
      gateway.connection.deliver(command(id, name));
    await settled();
    const interrupted = { code: "interrupted", message: "the device stopped while it ran" };
    expect(results(gateway.messages)).toEqual([
      { id: "a", ok: false, error: interrupted },
      { id: "a", ok: false, error: interrupted },
      { id: "b", ok: true, result: "again" },
    ]);
    await agent.stop();
  });

  it("are aborted after half of the stop's timeout, and are not started if queued", async () => {
    const store = memoryStore();
    const { calls, run } = held();
    const { agent, gateway, clock } = await connected({ store, commands: { run } });
    gateway.connection.deliver(command("a", "run"));
    gateway.connection.deliver(command("b", "run"));
    const stopping = agent.stop({ timeoutMs: 4_000 });
    await clock.advance(1_999);
    expect(calls[0]?.signal.aborted).toBe(false);
    await clock.advance(1);
    expect(calls[0]?.signal.aborted).toBe(true);
    await stopping;
    expect(calls).toHaveLength(1);
    expect(results(gateway.messages)).toMatchObject([{ id: "a", ok: false, error: { code: "interrupted" } }]);
    expect(store.command("b")).toBeUndefined();
  });

  it("fail as result-too-large if their result's size is refused; other refused results are dropped", async () => {
    const gateway = new MemoryGateway();
    gateway.acknowledgesAtOnce = false;
    const store = memoryStore();
    const { agent } = await connected({ store, commands: { big: () => "x".repeat(1_000) } }, gateway);
    gateway.connection.deliver(command("a", "big"));
    await settled();
    gateway.connection.arrivals[0]?.refuse(new Refusal(0x95, "too large", { permanent: true }));
    await settled();
    expect(results(gateway.messages)[1]).toMatchObject({ id: "a", ok: false, error: { code: "result-too-large" } });
    gateway.connection.arrivals[1]?.refuse(new Refusal(-32004, "no such command", { permanent: true }));
    await settled();
    expect(store.command("a")).toMatchObject({ state: "finished", acknowledged: true });
    await agent.stop();
  });
});
