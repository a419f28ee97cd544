import { randomUUID } from "node:crypto";
import { FleetError } from "@fleetlog/domain";
import type { HistoryNext, HistoryPart } from "@fleetlog/protocol";

export interface HeldAnswersOptions {
  /** The historian's name as a token of subjects. */
  readonly historian: string;
  /** Milliseconds after which an answer that nobody reads is dropped; default two minutes. */
  readonly idleMs?: number;
  /** Maximum number of held answers; default 64. */
  readonly answers?: number;
}

/** Parts of an answer. The next one is made when it is requested. */
export type Parts = AsyncIterable<string> | Iterable<string>;

interface Held {
  readonly source: AsyncIterator<string> | Iterator<string>;
  /** The newest part, kept because its requester may not have received it. */
  newest: { readonly number: number; readonly part: Promise<HistoryPart> };
  following: Promise<IteratorResult<string>>;
  timeout: NodeJS.Timeout;
}

const IDLE_MS = 120_000;
const ANSWERS = 64;

/** The unread rests of answers. At most two parts of each are in memory. */
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
   * @throws FleetError `history-unavailable` if too many answers are held; errors of the parts
   */
  async begin(parts: Parts): Promise<HistoryPart> {
    const source = Symbol.asyncIterator in parts ? parts[Symbol.asyncIterator]() : parts[Symbol.iterator]();
    const { value: text, done } = await source.next();
    if (done === true) return { text: "" };
    const following = await source.next();
    if (following.done === true) return { text };
    if (this.#held.size >= this.#limit) {
      end(source);
      throw new FleetError("history-unavailable", "this historian sends too many answers", { retryAfterMs: 1_000 });
    }
    const answer = randomUUID();
    const part = { text, next: { historian: this.#historian, answer, part: 1 } };
    this.#held.set(answer, {
      source,
      newest: { number: 0, part: Promise.resolve(part) },
      following: Promise.resolve(following),
      timeout: this.#expiry(answer),
    });
    return part;
  }

  /**
   * The next part, or the newest once more.
   *
   * @throws FleetError `history-unavailable` if the answer is not held or the part is gone; errors of the parts
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
      const { value: text } = (await held.following) as { readonly value: string };
      held.following = Promise.resolve(held.source.next());
      const { done } = await held.following;
      // The last part stays for a repeated request, until it expires.
      if (done === true) return { text };
      return { text, next: { historian: this.#historian, answer, part: number + 1 } };
    } catch (error) {
      this.cancel(answer);
      throw error;
    }
  }

  #expiry(answer: string): NodeJS.Timeout {
    return setTimeout(() => this.cancel(answer), this.#idleMs).unref();
  }
}

function end(source: Held["source"]): void {
  void Promise.resolve(source.return?.()).catch(() => {});
}

function gone(): FleetError {
  return new FleetError("history-unavailable", "the rest of this answer is gone", { advice: "Ask again." });
}
