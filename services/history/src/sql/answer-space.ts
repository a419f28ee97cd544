import { FleetError } from "@fleetlog/domain";
import { formatSize } from "@fleetlog/runtime";

/** Maximum bytes of these answers on a historian's disk. A running statement can write 256 MiB more. */
const UNREAD_BYTES = 1024 ** 3;
const RETRY_MS = 10_000;

/** The disk space of a historian's complete answers that callers have not yet read to the end. */
export class AnswerSpace {
  readonly #limit: number;
  #used = 0;

  constructor(limit: number = UNREAD_BYTES) {
    this.#limit = limit;
  }

  /**
   * @returns a function that gives the bytes back; only its first call has an effect
   * @throws FleetError `history-unavailable` if there is no room for these bytes
   */
  take(bytes: number): () => void {
    if (this.#used + bytes > this.#limit) throw full(this.#limit);
    this.#used += bytes;
    let isTaken = true;
    return () => {
      if (isTaken) this.#used -= bytes;
      isTaken = false;
    };
  }
}

function full(limit: number): FleetError {
  const message = `this answer and others that are not read yet would take more than ${formatSize(limit)} of the historian's disk`;
  return new FleetError("history-unavailable", message, {
    advice: "Read or cancel the others first, or ask for fewer rows or columns.",
    retryAfterMs: RETRY_MS,
  });
}
