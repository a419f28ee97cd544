import type { ServerResponse } from "node:http";

/**
 * Calls `then` when the answer's connection closes, or at once if it has closed already, for example during the check
 * of a token.
 */
export function onceClosed(response: Pick<ServerResponse, "closed" | "once">, then: () => void): void {
  if (response.closed) then();
  else response.once("close", then);
}

/** Aborts when the answer's connection has closed. */
export function untilClosed(response: Pick<ServerResponse, "closed" | "once">): AbortSignal {
  const abort = new AbortController();
  onceClosed(response, () => abort.abort(new Error("the client closed the connection")));
  return abort.signal;
}
