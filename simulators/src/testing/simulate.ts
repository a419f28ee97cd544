import { createAgent, type Logger, memoryStore, type Outgoing } from "@fleetlog/agent";
import { ManualClock, MemoryGateway, settled } from "@fleetlog/agent/testing";
import type { CommandResult } from "@fleetlog/protocol";
import type { Kind } from "../kind.ts";
import { random } from "../random.ts";

const nothing = () => {};
export const quiet: Logger = { debug: nothing, info: nothing, warn: nothing, error: nothing };

export async function simulate(kind: Kind, seed = 1, nth = 1) {
  const gateway = new MemoryGateway();
  const clock = new ManualClock();
  const store = memoryStore();
  const device = kind.create({
    id: "d1",
    nth,
    serial: "S1",
    random: random(seed),
    clock,
    logger: quiet,
    transport: gateway,
    agent: (options) => createAgent({ device: "d1", store, clock, random: () => 0.5, ...options }),
  });
  await settled();
  let issued = 0;

  return {
    device,
    gateway,
    clock,
    async command(name: string, params: unknown = null): Promise<CommandResult | undefined> {
      const id = `c${++issued}`;
      gateway.connection.deliver({ id, name, params, deadline: "2027-01-01T00:00:00Z" });
      await settled();
      return gateway.messages
        .flatMap((message) => (message.kind === "command-result" ? [message.result] : []))
        .find((result) => result.id === id);
    },
  };
}

export function telemetryOf(messages: readonly Outgoing[]): Record<string, unknown>[] {
  return messages.flatMap((message) => (message.kind === "telemetry" ? message.reports.map(({ data }) => data) : []));
}

export function eventsOf(messages: readonly Outgoing[]): { name: string; data?: unknown }[] {
  return messages.flatMap((message) => (message.kind === "event" ? [message.report] : []));
}

export function profileOf(messages: readonly Outgoing[]): Record<string, unknown> | undefined {
  return messages.find((message) => message.kind === "profile")?.profile;
}
