import type { Profile } from "@fleetlog/protocol";
import type { Clock } from "./clock.ts";
import type { CommandDefinition } from "./commands/handler.ts";
import type { ConfigurationHandler } from "./configuration/configuration.ts";
import type { BackoffOptions } from "./connection/backoff.ts";
import type { Identity } from "./identity/identity.ts";
import type { Logger } from "./logger.ts";
import type { SignedMessages } from "./provisioning/verify.ts";
import type { Store } from "./store/store.ts";
import type { Address } from "./transport/options.ts";
import type { Transport } from "./transport/transport.ts";

export interface Limits {
  /** Maximum messages in flight; fewer if the gateway asks for that. */
  readonly window: number;
  /** Bytes in flight at which no further message is sent; the backlog may use half of them. */
  readonly windowBytes: number;
  /** Maximum telemetry reports in one message. */
  readonly batchItems: number;
  /** Maximum bytes of telemetry in one message. */
  readonly batchBytes: number;
  /** Maximum bytes of one report as JSON; `report` and `event` throw for larger ones. */
  readonly reportBytes: number;
  /** Reports of the backlog sent per second. */
  readonly backlogPerSecond: number;
  /** How many commands may run at the same time; they start in the order of delivery. */
  readonly commandConcurrency: number;
  readonly connectTimeoutMs: number;
  /** The agent reconnects when messages are in flight and nothing was acknowledged for this long. */
  readonly callTimeoutMs: number;
  readonly heartbeatMs: number;
  /** A connection of this duration resets the back-off. */
  readonly stableMs: number;
  /** Pause after a temporary refusal that names no time. */
  readonly pauseMs: number;
}

export const DEFAULT_AGENT_LIMITS: Limits = {
  window: 16,
  // Takes 16 s over a poor mobile link of 2 KiB/s: well below the time limits.
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
  /** Stores reports until they are acknowledged. The caller closes it. Default: in memory. */
  readonly store?: Store;
  readonly commands?: Readonly<Record<string, CommandDefinition>>;
  /** Applies the desired configuration: the newest after the start, then each change. Default: it is not asked for. */
  readonly configuration?: ConfigurationHandler;
  /** The client certificate, in place of `tls.cert` and `tls.key`; it is renewed ahead of its end. */
  readonly identity?: Identity;
  /** How long before its end the certificate of `identity` is renewed. Default: a third of its lifetime. */
  readonly renewBeforeMs?: number;
  /** Sent after the start. Call `agent.profile` to send a changed profile. */
  readonly profile?: Profile;
  /**
   * For a device that was provisioned: accepts only commands and configurations that the platform has signed for it.
   * Default: all are accepted.
   */
  readonly signed?: SignedMessages;
  readonly logger?: Logger;
  /** Random numbers in [0, 1), for the jitter and the random part of `boot`. */
  readonly random?: () => number;
  readonly clock?: Clock;
  readonly backoff?: Partial<BackoffOptions>;
  readonly limits?: Partial<Limits>;
}

export type AgentOptions = Common &
  ((Address & { readonly transport?: never }) | { readonly transport: Transport; readonly url?: never });
