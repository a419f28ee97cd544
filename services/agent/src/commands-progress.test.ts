import type { CommandMessage } from "@fleetlog/protocol";
import { describe, expect, it } from "vitest";
import type { CommandContext } from "./commands/handler.ts";
import { memoryStore } from "./store/memory-store.ts";
import { type AgentOverrides, agentOn } from "./testing/agent.ts";
import { settled } from "./testing/manual-clock.ts";
import { MemoryGateway } from "./transport/memory.ts";
import { Refusal } from "./transport/transport.ts";

const command = (id: string): CommandMessage => ({ id, name: "run", params: null, deadline: "2026-01-01T01:00:00Z" });

async function running({ ignoresAbort = false, ...given }: AgentOverrides & { ignoresAbort?: boolean } = {}) {
  const calls: { context: CommandContext; end: (value: unknown) => void }[] = [];
  const run = (_: unknown, context: CommandContext) =>
    new Promise((end, fail) => {
      calls.push({ context, end });
      if (!ignoresAbort) context.signal.addEventListener("abort", () => fail(new Error("aborted")));
    });
  const gateway = new MemoryGateway();
  const store = memoryStore();
  const all = agentOn({ store, commands: { run }, ...given }, gateway);
  const cancelled: string[] = [];
  all.agent.on("commandCancelled", (id) => cancelled.push(id));
  all.agent.start();
  await settled();
  gateway.connection.deliver(command("a"));
  await settled();
  return { ...all, store, calls, cancelled };
}

describe("progress of a command", () => {
  it("is sent one report at a time; reports made meanwhile are merged", async () => {
    const { agent, gateway, calls } = await running();
    const progress = calls[0]?.context.progress ?? (() => {});
    progress({ percent: 1, step: "download" });
    await settled();
    const acknowledged = [{ kind: "command-progress", progress: { id: "a", percent: 1, step: "download" } }];
    expect(gateway.messages).toEqual(acknowledged);
    progress({ percent: 2 });
    progress({ message: "slow" });
    progress({ percent: 3 });
    await settled();
    expect(gateway.messages.slice(1)).toEqual([
      { kind: "command-progress", progress: { id: "a", percent: 2 } },
      { kind: "command-progress", progress: { id: "a", percent: 3, message: "slow" } },
    ]);
    calls[0]?.end("done");
    await settled();
    progress({ percent: 4 });
    await settled();
    expect(gateway.messages.at(-1)).toMatchObject({ kind: "command-result" });
    await agent.stop();
  });

  it.each(["refused for now", "lost with the connection"])(
    "is sent again, merged with newer progress, when it was %s, but not after the command's end",
    async (how) => {
      const { agent, gateway, calls, clock } = await running();
      const progress = calls[0]?.context.progress ?? (() => {});
      const reports = () => gateway.connection.arrivals.filter(({ message }) => message.kind === "command-progress");
      const lose = async () => {
        if (how === "lost with the connection") gateway.connection.drop();
        else
          reports()
            .at(-1)
            ?.refuse(new Refusal(-32003, "busy", { permanent: false, retryAfterMs: 500 }));
        await clock.advance(60_000);
      };
      gateway.connection.holdAcknowledgements();
      progress({ percent: 1, step: "download" });
      await settled();
      progress({ percent: 2 });
      await lose();
      expect(reports().at(-1)?.message).toMatchObject({ progress: { percent: 2, step: "download" } });
      gateway.connection.acknowledgeAll();
      await settled();
      gateway.connection.holdAcknowledgements();
      progress({ percent: 3 });
      await settled();
      expect(reports().at(-1)?.message).toMatchObject({ progress: { percent: 3 } });
      calls[0]?.end("done");
      await settled();
      const sent = reports();
      await lose();
      expect(reports().filter((report) => !sent.includes(report))).toEqual([]);
      gateway.connection.acknowledgeAll();
      await agent.stop({ timeoutMs: 0 });
    },
  );

  it("is dropped if it is reported without a connection", async () => {
    const { agent, gateway, calls, clock } = await running();
    gateway.connection.drop();
    await settled();
    calls[0]?.context.progress({ percent: 1 });
    await clock.advance(1_000);
    expect(gateway.messages).toEqual([]);
    calls[0]?.context.progress({ percent: 2 });
    await settled();
    expect(gateway.messages).toMatchObject([{ progress: { percent: 2 } }]);
    calls[0]?.end(1);
    await settled();
    await agent.stop();
  });

  it("cancels the command if the gateway refuses the progress with -32009, but not with 0x99", async () => {
    for (const [code, aborted] of [
      [0x99, false],
      [-32009, true],
    ] as const) {
      const { agent, calls, gateway: own } = await running();
      own.connection.holdAcknowledgements();
      calls[0]?.context.progress({ percent: 1 });
      await settled();
      own.connection.arrivals.at(-1)?.refuse(new Refusal(code, "refused", { permanent: true }));
      await settled();
      expect(calls[0]?.context.signal.aborted).toBe(aborted);
      own.connection.acknowledgeAll();
      await agent.stop({ timeoutMs: 0 });
    }
  });
});

describe("a command that is cancelled", () => {
  it.each([false, true])("is aborted and sends no result (handler ignores the abort: %s)", async (ignoresAbort) => {
    const { agent, gateway, calls, cancelled, store } = await running({ ignoresAbort });
    gateway.connection.cancel("a");
    await settled();
    expect(calls[0]?.context.signal.aborted).toBe(true);
    calls[0]?.end("done");
    await settled();
    expect(gateway.messages).toEqual([]);
    expect(cancelled).toEqual(["a"]);
    expect(store.command("a")).toBeUndefined();
    await agent.stop();
  });

  it("is not started if it was queued; cancelling an unknown command has no effect", async () => {
    const { agent, gateway, calls, cancelled } = await running();
    gateway.connection.deliver(command("b"));
    gateway.connection.deliver(command("c"));
    gateway.connection.cancel("b");
    gateway.connection.cancel("unknown");
    calls[0]?.end(1);
    await settled();
    calls[1]?.end(2);
    await settled();
    expect(cancelled).toEqual(["b"]);
    expect(gateway.messages.map((message) => message.kind === "command-result" && message.result.id)).toEqual([
      "a",
      "c",
    ]);
    await agent.stop();
  });
});
