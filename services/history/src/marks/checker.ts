import type { KeyObject } from "node:crypto";
import type { MarkProblem } from "@fleetlog/protocol";
import { NO_MARK } from "../proofs/mark.ts";
import { rootOf } from "../proofs/tree.ts";
import { type BlockReading, readBlock } from "./block.ts";
import { faultOfEntry } from "./fault.ts";
import type { MarkBucket } from "./mark-bucket.ts";
import type { Problems } from "./problems.ts";

export interface CheckerOptions extends BlockReading {
  readonly bucket: MarkBucket;
  readonly problems: Problems;
}

/** Compares the log with its marks. */
export class Checker {
  readonly #options: CheckerOptions;

  constructor(options: CheckerOptions) {
    this.#options = options;
  }

  /** @returns undefined if the log matches the mark */
  async check(number: number, key: KeyObject): Promise<MarkProblem | undefined> {
    const { problems, bucket } = this.#options;
    const detail = await this.#fault(number, key);
    if (detail === undefined) {
      problems.remove(checkOf(number));
      return undefined;
    }
    const problem = { firstSeq: bucket.firstSeqOf(number), lastSeq: bucket.lastSeqOf(number), detail };
    problems.add(checkOf(number), problem);
    return problem;
  }

  async #fault(number: number, key: KeyObject): Promise<string | undefined> {
    const { bucket } = this.#options;
    const [mark, before] = await Promise.all([bucket.get(number), number === 1 ? undefined : bucket.get(number - 1)]);
    const previous = typeof before === "object" ? before.hash : number === 1 ? NO_MARK : undefined;
    const fault = faultOfEntry(mark, previous ?? (typeof mark === "object" ? mark.previous : ""), key);
    if (fault !== undefined || typeof mark !== "object") return fault;
    const { hashes, entries, absent } = await readBlock(this.#options, mark.firstSeq, mark.lastSeq);
    if (rootOf(hashes).toString("hex") === mark.root) return undefined;
    if (entries >= mark.entries) return "at least one of these events was changed";
    const missing = mark.entries - entries;
    return `${missing === 1 ? "an event is" : `${missing} events are`} missing; the first sequence without one is ${absent}`;
  }
}

/** The name of a mark's check in {@link Problems}. */
export function checkOf(number: number): string {
  return `mark ${number}`;
}
