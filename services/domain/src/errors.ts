/** Stable codes of all refusals. Protocol endpoints only translate them to HTTP, JSON-RPC and MQTT. */
export const ERROR_CODES = [
  "invalid-request",
  "method-not-allowed",
  "payload-too-large",
  "headers-too-large",
  "request-timeout",
  "upgrade-required",
  "unsupported-media-type",
  "rate-limited",
  "unauthenticated",
  "second-factor-required",
  "proof-required",
  "forbidden",
  "not-found",
  "account-unknown",
  "account-exists",
  "limit-reached",
  "person-unknown",
  "person-exists",
  "person-ended",
  "last-sign-in",
  "api-key-unknown",
  "passkey-unknown",
  "passkeys-unavailable",
  "device-unknown",
  "device-exists",
  "device-retired",
  "dialect-mismatch",
  "login-taken",
  "waiting-unknown",
  "certificate-unknown",
  "authority-unknown",
  "authority-exists",
  "device-type-unknown",
  "device-type-in-use",
  "group-unknown",
  "channel-unknown",
  "catalogue-unknown",
  "scan-unknown",
  "update-unavailable",
  "command-unknown",
  "command-ended",
  "provision-request-unknown",
  "provision-request-exists",
  "provision-state",
  "enrolment-group-unknown",
  "enrolment-closed",
  "claim-code-unknown",
  "import-unknown",
  "credentials-gone",
  "artifact-unknown",
  "artifact-exists",
  "artifact-in-use",
  "digest-mismatch",
  "range-not-satisfiable",
  "storage-full",
  "idempotency-key-reused",
  "session-superseded",
  "conflict",
  "precondition-failed",
  "view-behind",
  "view-unavailable",
  "history-unavailable",
  "query-limit",
  "log-unavailable",
  "log-full",
  "unavailable",
  "internal",
] as const;

export type ErrorCode = (typeof ERROR_CODES)[number];

export interface FleetErrorDetails {
  /** The wrong field, as a path in the request: `tags[2]`, `params.deadline`. */
  readonly field?: string;
  /** Advice for the caller. */
  readonly advice?: string;
  /** Milliseconds until a retry makes sense. */
  readonly retryAfterMs?: number;
  readonly cause?: unknown;
}

/** The only error that crosses package borders. */
export class FleetError extends Error {
  override readonly name = "FleetError";
  readonly code: ErrorCode;
  readonly field: string | undefined;
  readonly advice: string | undefined;
  readonly retryAfterMs: number | undefined;

  constructor(code: ErrorCode, message: string, details: FleetErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.field = details.field;
    this.advice = details.advice;
    this.retryAfterMs = details.retryAfterMs;
  }
}

export function invalid(field: string, message: string): FleetError {
  return new FleetError("invalid-request", message, { field });
}
