import type { CommandMessage, CommandResult } from "@fleetlog/protocol";
import type { StoredReport } from "./store/store.ts";
import type { LinkEnd, Refusal } from "./transport/transport.ts";

export type AgentStatus = "stopped" | "connecting" | "connected" | "waiting" | "stopping";

/** What an agent tells about itself: `agent.on("connected", () => …)`. */
export interface AgentEvents {
  status: [status: AgentStatus];
  connected: [];
  /** A connection that was up has ended. */
  disconnected: [end: LinkEnd];
  /** There is no connection, and another attempt in so many milliseconds. */
  waiting: [end: LinkEnd, delayMs: number];
  /** Reports gave way because the store was full; the numbers are of this one time. */
  dropped: [count: { telemetry: number; event: number }];
  /** The gateway will never take this report; it is gone. */
  refused: [report: StoredReport, refusal: Refusal];
  commandStarted: [command: CommandMessage];
  commandFinished: [result: CommandResult, name: string];
}
