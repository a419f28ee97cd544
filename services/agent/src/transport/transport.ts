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

/** A message from the device to the gateway. */
export type Outgoing =
  | { readonly kind: "telemetry"; readonly reports: readonly Telemetry[] }
  | { readonly kind: "event"; readonly report: EventReport }
  | { readonly kind: "profile"; readonly profile: Profile }
  | { readonly kind: "command-progress"; readonly progress: CommandProgressReport }
  | { readonly kind: "command-result"; readonly result: CommandResult }
  | { readonly kind: "configuration"; readonly report: ConfigurationReport };

/**
 * Why an attempt failed or a connection ended: `credentials` = device or token not accepted; `busy` = try again later;
 * `superseded` = taken over by another connection of this device; `closed` = by this agent; `lost` = anything else.
 */
export type EndKind = "credentials" | "busy" | "superseded" | "lost" | "closed";

export interface LinkEnd {
  readonly kind: EndKind;
  /** Description for logs. */
  readonly reason: string;
  /** How long the gateway asks this device to wait before it reconnects. */
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

/** The gateway refused a message. `permanent`: it would refuse the same message again. */
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

/** An established connection, logged in. */
export interface Link {
  /** Maximum unacknowledged messages that the gateway accepts; undefined = no limit. */
  readonly window: number | undefined;
  /**
   * Resolves when the gateway has acknowledged the message. Rejects with {@link Refusal} if the gateway refused it. Any
   * other error means that the outcome is unknown: the connection has ended, or is ended because no answer came in time.
   * Messages arrive in the order of the calls.
   */
  send(message: Outgoing): Promise<void>;
  /**
   * Asks for the successor of the device's certificate. Absent where there is none.
   * @throws Refusal, or any other error if the outcome is unknown
   */
  renew?(csr: string): Promise<RenewedCertificate>;
  /** Resolves when the connection has ended for any reason. Never rejects. */
  readonly ended: Promise<LinkEnd>;
  /** Closes the connection gracefully; resolves when it has ended, after a second at the latest. */
  close(): Promise<void>;
  /** Drops the connection without closing it, like a pulled cable. */
  cut(): void;
}

export interface LinkEvents {
  /**
   * May be called before `connect` has resolved.
   *
   * @param remainingMs time until the deadline by the gateway's clock; undefined if unknown
   */
  onCommand(message: CommandMessage, remainingMs?: number): void;
  /** A command was cancelled or has expired: its handler should stop. */
  onCancelled(id: string, jws?: string): void;
  /** The desired configuration; without this, it is not asked for. */
  onConfiguration?(message: ConfigurationMessage): void;
}

/** How the agent connects to the gateway. */
export interface Transport {
  /** For logs. */
  readonly name: string;
  /** Makes one attempt. @throws ConnectError, also when `signal` aborts it */
  connect(events: LinkEvents, signal: AbortSignal): Promise<Link>;
}
