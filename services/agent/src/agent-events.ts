import type { CommandMessage, CommandResult, ConfigurationReport } from "@fleetlog/protocol";
import type { StoredReport } from "./store/store.ts";
import type { LinkEnd, Refusal } from "./transport/transport.ts";

export type AgentStatus = "stopped" | "connecting" | "connected" | "waiting" | "stopping";

/** Events of an agent: `agent.on("connected", () => …)`. */
export interface AgentEvents {
  status: [status: AgentStatus];
  connected: [];
  disconnected: [end: LinkEnd];
  /** The next attempt follows in `delayMs`. */
  waiting: [end: LinkEnd, delayMs: number];
  /** A full store dropped this many reports to make room for the newest. */
  dropped: [count: { telemetry: number; event: number }];
  /** The gateway refused this report for good; it has left the store. */
  refused: [report: StoredReport, refusal: Refusal];
  commandStarted: [command: CommandMessage];
  /** The gateway cancelled or expired the command. It was not started, or its handler has ended since. */
  commandCancelled: [id: string, name: string];
  commandFinished: [result: CommandResult, name: string];
  /** The new certificate is stored, and the agent reconnects with it. */
  renewed: [];
  configured: [report: ConfigurationReport];
}
