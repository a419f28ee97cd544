import { createAgent } from "../agent.ts";
import type { AgentOptions } from "../options.ts";
import { MemoryGateway } from "../transport/memory.ts";
import type { Outgoing } from "../transport/transport.ts";
import { ManualClock } from "./manual-clock.ts";

export type Given = Partial<Pick<AgentOptions, "store" | "commands" | "profile" | "limits" | "backoff" | "random">>;

/** An agent on a gateway in memory and a clock that stands still; jitter is half of its ceiling. */
export function agentOn(given: Given = {}, gateway = new MemoryGateway(), clock = new ManualClock()) {
  const agent = createAgent({ device: "d1", transport: gateway, clock, random: () => 0.5, ...given });
  return { agent, gateway, clock };
}

/** Sequence numbers of reports, in the order in which they arrived; a message with several gives several. */
export function sequences(messages: readonly Outgoing[]): (number | undefined)[] {
  return messages.flatMap((message) => {
    if (message.kind === "telemetry") return message.reports.map(({ seq }) => seq);
    return message.kind === "event" ? [message.report.seq] : [];
  });
}
