import { FleetError } from "@fleetlog/domain";
import { identityOf } from "./identity.ts";

/** The identities of files, as they were when this was made. */
export class UnchangedFiles {
  readonly #identities: ReadonlyMap<string, string | undefined>;

  constructor(paths: Iterable<string>) {
    this.#identities = new Map([...paths].map((path) => [path, identityOf(path)]));
  }

  /** Whether all files are there, and none was written to since. */
  get areUnchanged(): boolean {
    return [...this.#identities].every(([path, known]) => known !== undefined && identityOf(path) === known);
  }

  /** @throws FleetError `history-unavailable` unless they {@link areUnchanged} */
  expectUnchanged(): void {
    if (!this.areUnchanged) throw rewrittenHistory();
  }
}

export function rewrittenHistory(): FleetError {
  return new FleetError("history-unavailable", "a file of the history was written to while it was read", {
    advice: "Ask again.",
    retryAfterMs: 1_000,
  });
}
