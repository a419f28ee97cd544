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
  /** The maximum number of messages in flight; fewer if the gateway asks for that. */
  readonly window: number;
  /** No message is sent while more bytes than this are in flight. The backlog may fill half of this. */
  readonly windowBytes: number;
  readonly batchItems: number;
  readonly batchBytes: number;
  /** The maximum bytes of one report as JSON. `report` and `event` throw for larger reports. */
  readonly reportBytes: number;
  readonly backlogPerSecond: number;
  readonly commandConcurrency: number;
  readonly connectTimeoutMs: number;
  /** The agent reconnects if nothing was acknowledged for this long, or one call takes ten times as long. */
  readonly callTimeoutMs: number;
  readonly heartbeatMs: number;
  /** A connection that lasts this long resets the back-off. */
  readonly stableMs: number;
  /** The first pause after a temporary refusal without a retry time. Each further refusal in a row doubles the pause. */
  readonly pauseMs: number;
}

export const DEFAULT_AGENT_LIMITS: Limits = {
  window: 16,
  // 32 KiB take 16 s at 2 KiB/s, a slow mobile link: less than `callTimeoutMs`.
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
  /** The caller closes the store. Default: in memory. */
  readonly store?: Store;
  readonly commands?: Readonly<Record<string, CommandDefinition>>;
  /** Called with the newest desired configuration after the start and after each change. */
  readonly configuration?: ConfigurationHandler;
  /** Replaces `tls.cert` and `tls.key`, and `tls.ca` if it has one. The agent renews the certificate before it expires. */
  readonly identity?: Identity;
  /** Default: a third of the lifetime. */
  readonly renewBeforeMs?: number;
  /** The agent sends this profile after its start. `agent.profile` sends a changed profile. */
  readonly profile?: Profile;
  /** Accepts only commands, cancellations and configurations that the platform has signed. Default: accepts all. */
  readonly signed?: SignedMessages;
  readonly logger?: Logger;
  /** Returns numbers in [0, 1). */
  readonly random?: () => number;
  readonly clock?: Clock;
  readonly backoff?: Partial<BackoffOptions>;
  readonly limits?: Partial<Limits>;
}

export type AgentOptions = Common &
  ((Address & { readonly transport?: never }) | { readonly transport: Transport; readonly url?: never });
