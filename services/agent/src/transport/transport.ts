import type {
  CommandMessage,
  CommandProgressReport,
  CommandResult,
  ConfigurationMessage,
  ConfigurationReport,
  EventReport,
  Profile,
  RenewedCertificate,
  Telemetry,
} from "@fleetlog/protocol";

export type Outgoing =
  | { readonly kind: "telemetry"; readonly reports: readonly Telemetry[] }
  | { readonly kind: "event"; readonly report: EventReport }
  | { readonly kind: "profile"; readonly profile: Profile }
  | { readonly kind: "command-progress"; readonly progress: CommandProgressReport }
  | { readonly kind: "command-result"; readonly result: CommandResult }
  | { readonly kind: "configuration"; readonly report: ConfigurationReport };

/**
 * `credentials`: device or token not accepted; `busy`: try again later; `superseded`: another connection of this device
 * took over; `closed`: this agent closed the connection; `lost`: any other reason.
 */
export type EndKind = "credentials" | "busy" | "superseded" | "lost" | "closed";

export interface LinkEnd {
  readonly kind: EndKind;
  readonly reason: string;
  /** The gateway wants this delay before the next connection. */
  readonly retryAfterMs?: number;
}

export class ConnectError extends Error {
  override readonly name = "ConnectError";
  readonly end: LinkEnd;

  constructor(end: LinkEnd, cause?: unknown) {
    super(end.reason, cause === undefined ? undefined : { cause });
    this.end = end;
  }
}

/** `permanent`: the same message would be refused again. */
export class Refusal extends Error {
  override readonly name = "Refusal";
  readonly code: string | number;
  readonly permanent: boolean;
  readonly retryAfterMs: number | undefined;

  constructor(code: string | number, message: string, details: { permanent: boolean; retryAfterMs?: number }) {
    super(message);
    this.code = code;
    this.permanent = details.permanent;
    this.retryAfterMs = details.retryAfterMs;
  }
}

export interface Link {
  /** How many unacknowledged messages the gateway accepts; undefined without a limit. */
  readonly window: number | undefined;
  /**
   * Resolves when the message is acknowledged. Messages arrive in the order of the calls.
   * @throws {@link Refusal}; after any other error the outcome is unknown
   */
  send(message: Outgoing): Promise<void>;
  /** @throws Refusal; after any other error the outcome is unknown */
  renew?(csr: string): Promise<RenewedCertificate>;
  /** Never rejects. */
  readonly ended: Promise<LinkEnd>;
  /** Resolves when the connection has ended, after a second at the latest. */
  close(): Promise<void>;
  cut(): void;
}

export interface LinkEvents {
  /**
   * May be called before `connect` resolves.
   * @param remainingMs time until the deadline by the gateway's clock, if known
   */
  onCommand(message: CommandMessage, remainingMs?: number): void;
  onCancelled(id: string, jws?: string): void;
  /** The configuration is requested only if this is set. */
  onConfiguration?(message: ConfigurationMessage): void;
}

export interface Transport {
  readonly name: string;
  /** Makes one attempt. @throws ConnectError, also after an abort */
  connect(events: LinkEvents, signal: AbortSignal): Promise<Link>;
}
