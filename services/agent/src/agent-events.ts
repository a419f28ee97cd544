import type { CommandMessage, CommandResult, ConfigurationReport } from "@fleetlog/protocol";
import type { StoredReport } from "./store/store.ts";
import type { LinkEnd, Refusal } from "./transport/transport.ts";

export type AgentStatus = "stopped" | "connecting" | "connected" | "waiting" | "stopping";

/** Events that an agent emits: `agent.on("connected", () => …)`. */
export interface AgentEvents {
  status: [status: AgentStatus];
  connected: [];
  /** A connection that was up has ended. */
  disconnected: [end: LinkEnd];
  /** Not connected; the next attempt follows in `delayMs`. */
  waiting: [end: LinkEnd, delayMs: number];
  /**
   * Reports were dropped because the store was full. `count` has only the reports that were dropped to make room for
   * the newest report.
   */
  dropped: [count: { telemetry: number; event: number }];
  /** The gateway refused this report for good; it was removed from the store. */
  refused: [report: StoredReport, refusal: Refusal];
  commandStarted: [command: CommandMessage];
  /** A command was cancelled or has expired on the gateway: it was not started, or its handler has ended after the abort. */
  commandCancelled: [id: string, name: string];
  commandFinished: [result: CommandResult, name: string];
  /** The certificate was renewed and stored; the agent connects anew with it. */
  renewed: [];
  /** A desired configuration was applied or refused. */
  configured: [report: ConfigurationReport];
}
