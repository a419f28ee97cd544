import { describe, expect, it } from "vitest";
import { CommandFailure } from "../commands/handler.ts";
import { agentOn } from "../testing/agent.ts";
import { settled } from "../testing/manual-clock.ts";
import type { ConfigurationHandler, ConfigurationValues } from "./configuration.ts";

async function started(configuration: ConfigurationHandler) {
  const running = agentOn({ configuration });
  running.agent.start();
  await settled();
  const desire = async (revision: number, values: ConfigurationValues) => {
    running.gateway.connection.configure({ revision, values });
    await settled();
  };
  const reports = () => running.gateway.messages.flatMap((one) => (one.kind === "configuration" ? [one.report] : []));
  return { ...running, desire, reports };
}

describe("the agent's configuration", () => {
  it("is applied and reported, each revision once", async () => {
    const applied: ConfigurationValues[] = [];
    const { agent, gateway, desire, reports } = await started((values) => void applied.push(values));
    await desire(1, { a: 1 });
    await desire(1, { a: 1 });
    gateway.connection.drop();
    await agent.flushed();
    await desire(2, { a: 2 });
    expect(applied).toEqual([{ a: 1 }]);
    expect(reports()).toEqual([{ revision: 1, state: "applied" }]);
    await agent.stop();
  });

  it("is reported with the handler's return values, or as refused with the handler's error", async () => {
    const { agent, desire, reports } = await started(({ a }) => {
      if (a === 3) throw new CommandFailure("too-large", "3 is too much");
      if (a === 4) throw new Error("broken");
      return { a, rounded: true };
    });
    for (const a of [2, 3, 4]) await desire(a, { a });
    expect(reports()).toEqual([
      { revision: 2, state: "applied", values: { a: 2, rounded: true } },
      { revision: 3, state: "refused", error: { code: "too-large", message: "3 is too much" } },
      { revision: 4, state: "refused", error: { code: "failed", message: "broken" } },
    ]);
    await agent.stop();
  });

  it("skips revision 2 when 3 arrives while 1 is applied, even if 2 arrives later", async () => {
    const gate = Promise.withResolvers<void>();
    const applied: unknown[] = [];
    const { agent, desire, reports } = await started(async ({ a }) => {
      applied.push(a);
      if (a === 1) await gate.promise;
    });
    for (const revision of [1, 2, 3]) await desire(revision, { a: revision });
    await desire(2, { a: 2 });
    gate.resolve();
    await settled();
    expect(applied).toEqual([1, 3]);
    expect(reports().map(({ revision }) => revision)).toEqual([1, 3]);
    await agent.stop();
  });

  it("is reported again until the gateway has the report", async () => {
    const { agent, gateway, clock, desire } = await started(() => {});
    gateway.acknowledgesAtOnce = false;
    gateway.connection.holdAcknowledgements();
    await desire(1, {});
    gateway.connection.drop();
    await clock.advance(60_000);
    gateway.connection.acknowledgeAll();
    await settled();
    expect(gateway.messages).toEqual([
      { kind: "configuration", report: { revision: 1, state: "applied" } },
      { kind: "configuration", report: { revision: 1, state: "applied" } },
    ]);
    await agent.stop();
  });

  it("is not requested without a handler", async () => {
    const { agent, gateway } = agentOn();
    agent.start();
    await settled();
    gateway.connection.configure({ revision: 1, values: {} });
    await settled();
    expect(gateway.messages).toEqual([]);
    await agent.stop();
  });
});
