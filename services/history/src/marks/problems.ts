import type { Logger } from "@fleetlog/log";
import type { MarkProblem } from "@fleetlog/protocol";

const KEPT = 100;

/** Problems of marks and of the log. Each is logged once. */
export class Problems {
  readonly #logger: Logger;
  readonly #found = new Map<string, MarkProblem>();

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  get count(): number {
    return this.#found.size;
  }

  get first(): MarkProblem | undefined {
    return [...this.#found.values()].sort((a, b) => a.firstSeq - b.firstSeq)[0];
  }

  /** Replaces an earlier problem of the same check. */
  add(check: string, problem: MarkProblem): void {
    const known = this.#found.get(check);
    if (known?.detail === problem.detail || (known === undefined && this.#found.size >= KEPT)) return;
    this.#found.set(check, problem);
    this.#logger.error(problem, "the log differs from its marks");
  }

  remove(check: string): void {
    this.#found.delete(check);
  }
}
