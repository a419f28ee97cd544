import { ERROR_CODES, type ErrorCode, FleetError, type FleetErrorDetails } from "@fleetlog/domain";

/** How an answer travels over the bus: the data, or the error that the responder threw. */
export type Answer =
  | { readonly data?: unknown }
  | {
      readonly error: { readonly code: string; readonly message: string } & Omit<FleetErrorDetails, "cause">;
    };

export function answerWith(data: unknown): Answer {
  return { data };
}

/** An error that is none of the domain's says nothing about the inside to others. */
export function answerWithError(thrown: unknown): Answer {
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

/** @throws FleetError if the answer is one; a code that we do not know is `internal` */
export function openAnswer(answer: unknown): unknown {
  if (typeof answer !== "object" || answer === null) throw new FleetError("internal", "the answer is no answer");
  if (!("error" in answer)) return (answer as { data?: unknown }).data;
  const { code, message, ...details } = answer.error as { code: string; message: string } & FleetErrorDetails;
  const known = (ERROR_CODES as readonly string[]).includes(code) ? (code as ErrorCode) : "internal";
  throw new FleetError(known, message, details);
}
