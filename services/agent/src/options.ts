import type { Profile } from "@fleetlog/protocol";
import type { Clock } from "./clock.ts";
import type { CommandDefinition } from "./commands/handler.ts";
import type { BackoffOptions } from "./connection/backoff.ts";
import type { Logger } from "./logger.ts";
import type { Store } from "./store/store.ts";
import type { Address } from "./transport/options.ts";
import type { Transport } from "./transport/transport.ts";

export interface Limits {
  /** Messages in flight at most; a gateway that takes fewer is obeyed. */
  readonly window: number;
  /** Bytes in flight after which no other message follows; the backlog keeps to half of it. */
  readonly windowBytes: number;
  /** Items of telemetry in one message at most. */
  readonly batchItems: number;
  /** Bytes of telemetry in one message at most. */
  readonly batchBytes: number;
  /** Bytes of one report as JSON; a larger one is refused where it is made. */
  readonly reportBytes: number;
  /** Items of the backlog a second. */
  readonly backlogPerSecond: number;
  /** Commands that run at the same time, each in its turn in order of delivery. */
  readonly commandConcurrency: number;
  readonly connectTimeoutMs: number;
  /** Without any acknowledgement, while some are due, until the connection is made anew. */
  readonly callTimeoutMs: number;
  readonly heartbeatMs: number;
  /** A connection that lived so long ends the back-off. */
  readonly stableMs: number;
  /** Pause after "not now" where the gateway names none. */
  readonly pauseMs: number;
}

export const DEFAULT_AGENT_LIMITS: Limits = {
  window: 16,
  // At 2 KiB/s, a poor mobile link, gone in 16 s: well before anybody loses patience.
  windowBytes: 32_768,
  batchItems: 50,
  batchBytes: 8_192,
  reportBytes: 131_072,
  backlogPerSecond: 500,
  commandConcurrency: 1,
  connectTimeoutMs: 30_000,
  callTimeoutMs: 30_000,
  heartbeatMs: 25_000,
  stableMs: 30_000,
  pauseMs: 1_000,
};

interface Common {
  readonly device: string;
  /** What is kept until the gateway has it; the caller's to close. In memory unless given. */
  readonly store?: Store;
  readonly commands?: Readonly<Record<string, CommandDefinition>>;
  /** Reported once after the start, and by `agent.profile` whenever it changes. */
  readonly profile?: Profile;
  readonly logger?: Logger;
  /** Numbers from 0 to below 1: the jitter, and the random part of `boot`. */
  readonly random?: () => number;
  readonly clock?: Clock;
  readonly backoff?: Partial<BackoffOptions>;
  readonly limits?: Partial<Limits>;
}

export type AgentOptions = Common &
  ((Address & { readonly transport?: never }) | { readonly transport: Transport; readonly url?: never });
