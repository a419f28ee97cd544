import type { Problem } from "@fleetlog/protocol";

/**
 * A failed call, with texts for people. `code` is the gateway's stable code, `network` (no answer), `timeout`, or
 * `unreadable` (the answer is not a problem document).
 */
export class ApiError extends Error {
  readonly code: string;
  /** HTTP status; 0 without an answer. */
  readonly status: number;
  readonly title: string;
  readonly field: string | undefined;
  readonly advice: string | undefined;
  readonly correlationid: string | undefined;

  constructor(problem: Partial<Problem> & { title: string; detail: string; code: string }) {
    super(problem.detail);
    this.name = "ApiError";
    this.code = problem.code;
    this.status = problem.status ?? 0;
    this.title = problem.title;
    this.field = problem.field;
    this.advice = problem.advice;
    this.correlationid = problem.correlationid;
  }
}

/** Reads problem details (RFC 9457, 3). A proxy may have answered with something else. */
export async function errorOf(response: Response): Promise<ApiError> {
  const problem: Partial<Problem> = await response.json().catch(() => ({}));
  const { title = response.statusText || "Error", detail = title, code = "unreadable" } = problem;
  return new ApiError({ ...problem, title, detail, code, status: response.status });
}

export function asApiError(thrown: unknown): ApiError {
  if (thrown instanceof ApiError) return thrown;
  if (thrown instanceof DOMException && thrown.name === "TimeoutError") {
    return new ApiError({
      code: "timeout",
      title: "No answer in time",
      detail: "The gateway took too long to answer.",
      advice: "It may be busy, or on its way back. Try again in a moment.",
    });
  }
  if (thrown instanceof TypeError) {
    return new ApiError({
      code: "network",
      title: "Gateway out of reach",
      detail: "The gateway did not answer.",
      advice: "Check your connection and that the gateway runs, then try again.",
    });
  }
  const detail = thrown instanceof Error ? thrown.message : String(thrown);
  return new ApiError({ code: "internal", title: "Something went wrong here", detail });
}

/** Whether a retry may succeed: there was no answer, or a 5xx. */
export function isTransient({ status }: ApiError): boolean {
  return status === 0 || status >= 500;
}

export function isAbort(thrown: unknown): boolean {
  return thrown instanceof DOMException && thrown.name === "AbortError";
}
