export type { CommandMessage, CommandResult } from "@fleetlog/protocol";
export { systemClock } from "@fleetlog/runtime";
export { Agent, type ConnectTo, type ReportOptions } from "./agent.ts";
export type { AgentEvents, AgentStatus } from "./agent-events.ts";
export type { Clock } from "./clock.ts";
export {
  type CommandContext,
  type CommandDefinition,
  CommandFailure,
  type CommandHandler,
  type Progress,
} from "./commands/handler.ts";
export type { BackoffOptions } from "./connection/backoff.ts";
export type { Identity } from "./identity/identity.ts";
export type { Limits } from "./limits.ts";
export type { Logger } from "./logger.ts";
export type { AgentOptions } from "./options.ts";
export type { ReportId } from "./report.ts";
export { memoryStore } from "./store/memory-store.ts";
export type { Store, StoredReport, StoreLimits } from "./store/store.ts";
export type { Address } from "./transport/options.ts";
export type { EndKind, Link, LinkEnd, Outgoing, Transport } from "./transport/transport.ts";
export { ConnectError, Refusal } from "./transport/transport.ts";

import { Agent, type ConnectTo } from "./agent.ts";
import type { AgentOptions } from "./options.ts";
import { browserWebsocketTransport } from "./transport/browser-websocket.ts";

export const transportTo: ConnectTo = ({ url, device, token }, limits, clock) => {
  const { protocol } = new URL(url);
  if (protocol !== "ws:" && protocol !== "wss:") throw new TypeError(`can't connect to ${protocol}//: use ws or wss`);
  const { connectTimeoutMs, callTimeoutMs, heartbeatMs } = limits;
  const options = { url, device, mqttVersion: 5, clock, connectTimeoutMs, callTimeoutMs, heartbeatMs } as const;
  return browserWebsocketTransport(token === undefined ? options : { ...options, token });
};

/** @throws TypeError for a URL that can't be used */
export function createAgent(options: AgentOptions): Agent {
  return new Agent(options, transportTo);
}
