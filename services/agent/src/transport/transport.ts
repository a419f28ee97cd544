import type { CommandMessage, CommandResult, EventReport, Profile, Telemetry } from "@fleetlog/protocol";

/** What a device says to its gateway. */
export type Outgoing =
  | { readonly kind: "telemetry"; readonly reports: readonly Telemetry[] }
  | { readonly kind: "event"; readonly report: EventReport }
  | { readonly kind: "profile"; readonly profile: Profile }
  | { readonly kind: "command-result"; readonly result: CommandResult };

/**
 * Why there is no connection (any more): `credentials` = device or token are not accepted; `busy` = not now;
 * `superseded` = another connection of this device took over; `lost` = everything else.
 */
export type EndKind = "credentials" | "busy" | "superseded" | "lost" | "closed";

export interface LinkEnd {
  readonly kind: EndKind;
  /** For people. */
  readonly reason: string;
  /** Milliseconds before which the gateway does not want to see this device again. */
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

/** The gateway answered, and the answer is no. `permanent`: the same message will never be taken. */
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

/** One connection that is up and logged in. */
export interface Link {
  /** Messages that the gateway takes without having acknowledged the first of them; undefined = as many as you like. */
  readonly window: number | undefined;
  /**
   * Resolves when the gateway has acknowledged the message. Rejects with {@link Refusal} if it refused it, and with any
   * other error if that will never be known: the connection has ended, or no answer came in time, which ends it.
   * Messages arrive in the order of the calls.
   */
  send(message: Outgoing): Promise<void>;
  /** Resolves when the connection has ended, for whatever reason. Never rejects. */
  readonly ended: Promise<LinkEnd>;
  /** Ends it in order; resolves when it has ended. Within a second it does so without the gateway. */
  close(): Promise<void>;
  /** Ends it without a word, as a cable that is pulled. */
  cut(): void;
}

export interface LinkEvents {
  /**
   * May be called before `connect` has resolved.
   *
   * @param remainingMs how long it is until the deadline by the gateway's clock; undefined where that can't be known
   */
  onCommand(message: CommandMessage, remainingMs?: number): void;
}

/** A way to the gateway. */
export interface Transport {
  /** For people. */
  readonly name: string;
  /** One attempt, no more. @throws ConnectError, also when `signal` aborts it */
  connect(events: LinkEvents, signal: AbortSignal): Promise<Link>;
}
