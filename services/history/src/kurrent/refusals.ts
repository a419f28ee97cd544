import { Metadata, type ServiceError, status } from "@grpc/grpc-js";

const CODES = {
  "access-denied": status.PERMISSION_DENIED,
  unauthenticated: status.UNAUTHENTICATED,
  invalid: status.INVALID_ARGUMENT,
  busy: status.RESOURCE_EXHAUSTED,
  away: status.UNAVAILABLE,
  failed: status.UNKNOWN,
} as const;

/** The client chooses its error by the trailer `exception`. */
const EXCEPTIONS: { readonly [code in keyof typeof CODES]?: string } = {
  "access-denied": "access-denied",
  unauthenticated: "access-denied",
};

/** An error that ends a call with a status that the Kurrent clients understand. */
export class Refusal extends Error implements ServiceError {
  override readonly name = "Refusal";
  readonly code: number;
  readonly details: string;
  readonly metadata: Metadata;

  constructor(code: keyof typeof CODES, details: string) {
    super(details);
    this.code = CODES[code];
    this.details = details;
    this.metadata = new Metadata();
    const exception = EXCEPTIONS[code];
    if (exception !== undefined) this.metadata.set("exception", exception);
  }
}

export function refused(code: keyof typeof CODES, details: string): Refusal {
  return new Refusal(code, details);
}
