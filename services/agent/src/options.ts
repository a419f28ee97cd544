import type { Profile } from "@fleetlog/protocol";
import type { Clock } from "./clock.ts";
import type { CommandDefinition } from "./commands/handler.ts";
import type { ConfigurationHandler } from "./configuration/configuration.ts";
import type { BackoffOptions } from "./connection/backoff.ts";
import type { Identity } from "./identity/identity.ts";
import type { Limits } from "./limits.ts";
import type { Logger } from "./logger.ts";
import type { SignedMessages } from "./provisioning/verify.ts";
import type { Store } from "./store/store.ts";
import type { Address } from "./transport/options.ts";
import type { Transport } from "./transport/transport.ts";

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
