import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { FleetError } from "@fleetlog/domain";
import type { HistoryNext, HistoryPart } from "@fleetlog/protocol";
import { type Begun, LateSource, type PartSource } from "./begun.ts";

export interface HeldAnswersOptions {
  /** The historian's name as a token of subjects. */
  readonly historian: string;
  /** Milliseconds after which an answer that nobody reads is dropped; default two minutes. */
  readonly idleMs?: number;
  /** Maximum number of held answers; default 64. */
  readonly answers?: number;
}

interface Held {
  /**
   * Whether no text is made yet. Such answers are not limited here, because `Turns` limits the calls that run or wait.
   */
  isLate: boolean;
  readonly source: PartSource;
  /** The newest part, kept because its requester may not have received it. */
  newest: { readonly number: number; readonly part: Promise<HistoryPart> };
  following: Promise<IteratorResult<string>>;
  timeout: NodeJS.Timeout;
}

const IDLE_MS = 120_000;
const ANSWERS = 64;

/** The answers whose readers have not requested all parts. At most two parts of each are in memory. */
export class HeldAnswers {
  readonly #historian: string;
  readonly #idleMs: number;
  readonly #limit: number;
  readonly #held = new Map<string, Held>();

  constructor({ historian, idleMs = IDLE_MS, answers = ANSWERS }: HeldAnswersOptions) {
    this.#historian = historian;
    this.#idleMs = idleMs;
    this.#limit = answers;
  }

  get size(): number {
    return this.#held.size;
  }

  /**
   * The first part; the rest is held.
   *
   * @throws FleetError `history-unavailable` if too many answers are held
   */
  async begin({ first, second, source }: Begun): Promise<HistoryPart> {
    if (first.done === true) return { text: "" };
    if (second.done === true) return { text: first.value };
    this.#admit(source);
    return this.#hold(first.value, source, Promise.resolve(second)).newest.part;
  }

  /**
   * The first part, or an empty one if the first takes longer than `emptyMs` milliseconds. The empty part tells the reader
   * that the historian works on the answer.
   *
   * @throws FleetError as {@link begin}; errors of the answer
   */
  async beginWithin(emptyMs: number, answer: Promise<Begun>): Promise<HistoryPart> {
    const timer = new AbortController();
    const late = sleep(emptyMs, undefined, { signal: timer.signal }).catch(() => undefined);
    const found = await Promise.race([answer, late]).finally(() => timer.abort());
    if (found !== undefined) return this.begin(found);
    const source = new LateSource(
      answer.then((begun) => {
        this.#admit(begun.source);
        held.isLate = false;
        return begun;
      }),
    );
    const held = this.#hold("", source, source.next());
    held.isLate = true;
    return held.newest.part;
  }

  /** The next part, or the newest part once more.
   *
   * @throws FleetError `history-unavailable` (field `answer`) if the answer is not held or the part is gone; errors of
   * the parts
   */
  async part({ answer, part: number }: Pick<HistoryNext, "answer" | "part">): Promise<HistoryPart> {
    const held = this.#held.get(answer);
    if (held === undefined) throw gone();
    clearTimeout(held.timeout);
    held.timeout = this.#expiry(answer);
    if (number === held.newest.number + 1) held.newest = { number, part: this.#next(answer, held, number) };
    else if (number !== held.newest.number) throw gone();
    return held.newest.part;
  }

  cancel(answer: string): void {
    const held = this.#held.get(answer);
    if (held === undefined) return;
    this.#held.delete(answer);
    clearTimeout(held.timeout);
    end(held.source);
  }

  close(): void {
    for (const answer of [...this.#held.keys()]) this.cancel(answer);
  }

  async #next(answer: string, held: Held, number: number): Promise<HistoryPart> {
    try {
      const { value: text, done: isEmpty } = await held.following;
      if (isEmpty === true) return { text: "" };
      held.following = Promise.resolve(held.source.next());
      const { done } = await held.following;
      // The last part stays for a repeated request, until it expires.
      if (done === true) return { text };
      return { text, next: { historian: this.#historian, answer, part: number + 1 } };
    } catch (error) {
      // The caller has gone: the parts ended because of that, which is no fault.
      if (!this.#held.has(answer)) throw gone();
      this.cancel(answer);
      throw error;
    }
  }

  #admit(source: PartSource): void {
    let begun = 0;
    for (const { isLate } of this.#held.values()) begun += isLate ? 0 : 1;
    if (begun < this.#limit) return;
    end(source);
    throw new FleetError("history-unavailable", "this historian sends too many answers", { retryAfterMs: 1_000 });
  }

  #hold(text: string, source: PartSource, following: Promise<IteratorResult<string>>): Held {
    const answer = randomUUID();
    const part = { text, next: { historian: this.#historian, answer, part: 1 } };
    const newest = { number: 0, part: Promise.resolve(part) };
    following.catch(() => {});
    const held = { isLate: false, source, newest, following, timeout: this.#expiry(answer) };
    this.#held.set(answer, held);
    return held;
  }

  #expiry(answer: string): NodeJS.Timeout {
    return setTimeout(() => this.cancel(answer), this.#idleMs).unref();
  }
}

function end(source: PartSource): void {
  void Promise.resolve(source.return?.()).catch(() => {});
}

function gone(): FleetError {
  return new FleetError("history-unavailable", "the rest of this answer is gone", {
    field: "answer",
    advice: "Ask again.",
  });
}
