import { createAgent } from "../create-agent.ts";
import type { AgentOptions } from "../options.ts";
import { MemoryGateway } from "../transport/memory.ts";
import type { Outgoing } from "../transport/transport.ts";
import { ManualClock } from "./manual-clock.ts";

export type AgentOverrides = Partial<
  Pick<AgentOptions, "store" | "commands" | "configuration" | "profile" | "limits" | "backoff" | "random">
>;

/** An agent on a gateway in memory, with a manual clock and half of the maximum jitter. */
export function agentOn(given: AgentOverrides = {}, gateway = new MemoryGateway(), clock = new ManualClock()) {
  const agent = createAgent({ device: "d1", transport: gateway, clock, random: () => 0.5, ...given });
  return { agent, gateway, clock };
}

export function sequences(messages: readonly Outgoing[]): (number | undefined)[] {
  return messages.flatMap((message) => {
    if (message.kind === "telemetry") return message.reports.map(({ seq }) => seq);
    return message.kind === "event" ? [message.report.seq] : [];
  });
}
