import type { FleetError } from "@fleetlog/domain";
import { type Problem, WIRE_ERRORS } from "@fleetlog/protocol";

/** RFC 9457. The type is a relative URI with the code. */
export function problemOf(error: FleetError, request: { readonly url: string; readonly id: string }): Problem {
  const { http, title } = WIRE_ERRORS[error.code];
  return {
    type: `/problems/${error.code}`,
    title,
    status: http,
    detail: error.message,
    code: error.code,
    ...(error.field !== undefined && { field: error.field }),
    ...(error.advice !== undefined && { advice: error.advice }),
    instance: pathOf(request.url),
    correlationid: request.id,
  };
}

/** The path without the query, which may have secrets. */
export function pathOf(url: string): string {
  return url.split("?", 1)[0] ?? url;
}
