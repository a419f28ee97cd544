import { ERROR_CODES, type ErrorCode, FleetError, type FleetErrorDetails } from "@fleetlog/domain";

export type Reply =
  | { readonly data?: unknown }
  | {
      readonly error: { readonly code: string; readonly message: string } & Omit<FleetErrorDetails, "cause">;
    };

export function dataReply(data: unknown): Reply {
  return { data };
}

/** Hides the details of errors other than FleetError. */
export function errorReply(thrown: unknown): Reply {
  if (!(thrown instanceof FleetError))
    return { error: { code: "internal", message: "the request could not be handled" } };
  const { code, message, field, advice, retryAfterMs } = thrown;
  return {
    error: {
      code,
      message,
      ...(field === undefined ? {} : { field }),
      ...(advice === undefined ? {} : { advice }),
      ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    },
  };
}

/** @throws FleetError for an error; an unknown code becomes `internal` */
export function unwrapReply(reply: unknown): unknown {
  if (typeof reply !== "object" || reply === null) throw new FleetError("internal", "the reply is malformed");
  if (!("error" in reply)) return (reply as { data?: unknown }).data;
  const { code, message, ...details } = reply.error as { code: string; message: string } & FleetErrorDetails;
  const known = (ERROR_CODES as readonly string[]).includes(code) ? (code as ErrorCode) : "internal";
  throw new FleetError(known, message, details);
}
