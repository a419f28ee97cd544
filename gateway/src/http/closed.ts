import type { ServerResponse } from "node:http";

/** Calls `then` once the answer's connection has closed: at once if it did so before, as while the token was checked. */
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
