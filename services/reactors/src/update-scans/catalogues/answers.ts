import { createHash } from "node:crypto";
import { definitionEntity, NOT_ASKED } from "@fleetlog/domain";
import type { CatalogueKeys } from "@fleetlog/fleet";
import { type Bucket, type Buckets, openOnUse, SHARED_BUCKETS } from "@fleetlog/log";
import { NoAnswer } from "../../outgoing/http.ts";
import type { DefinedCatalogue } from "../react.ts";
import { fleetlog } from "./fleetlog.ts";
import type { Asking, CatalogueReader, ListedOffer, Question } from "./reader.ts";
import { tpedm } from "./tpedm.ts";

export const READERS: Readonly<Record<DefinedCatalogue["catalogue"]["kind"], CatalogueReader>> = { fleetlog, tpedm };

/** An answer is valid if it has no `reason`. Times are in milliseconds since 1970. */
export interface CatalogueAnswer {
  readonly askedAt: number;
  readonly offers: readonly ListedOffer[];
  readonly reason?: string;
}

/** After this many failures in a row, a scan does not ask a catalogue any more. */
const MAX_FAILURES = 5;

/** Returns a function that opens the bucket once for the process. */
export function answersBucket(buckets: Buckets): () => Promise<Bucket> {
  return openOnUse(buckets, "catalogue-answers", SHARED_BUCKETS["catalogue-answers"]);
}

export interface AnswersOptions {
  readonly bucket: () => Promise<Bucket>;
  /** Undefined until the first gateway has made the installation's key. */
  readonly keys: () => Promise<Pick<CatalogueKeys, "get"> | undefined>;
  readonly asking: Asking;
  /** Answers from before this time are not used. */
  readonly notBefore: number;
  /** The requests of this process that wait for an answer. An equal request waits until that one has ended. */
  readonly running: Map<string, Promise<CatalogueAnswer>>;
}

/**
 * The answers of catalogues for one scan. They are stored, so that a process that continues the scan repeats
 * no request that was answered.
 */
export class Answers {
  readonly #options: AnswersOptions;
  readonly #asked = new Map<string, Promise<CatalogueAnswer>>();
  readonly #failures = new Map<string, number>();

  constructor(options: AnswersOptions) {
    this.#options = options;
  }

  to(from: DefinedCatalogue, question: Question): Promise<CatalogueAnswer> {
    const key = keyOf(from, question);
    let answer = this.#asked.get(key);
    if (answer === undefined) {
      answer = this.#shared(key, () => this.#storedOrAsked(key, from, question));
      // After an error of the store, the scan is tried again.
      answer.catch(() => this.#asked.delete(key));
      this.#asked.set(key, answer);
    }
    return answer;
  }

  async #shared(key: string, find: () => Promise<CatalogueAnswer>): Promise<CatalogueAnswer> {
    const { running, notBefore } = this.#options;
    for (let other = running.get(key); other !== undefined; other = running.get(key)) {
      const answer = await other.catch(() => undefined);
      if (answer !== undefined && answer.askedAt >= notBefore) return answer;
    }
    const own = find().finally(() => running.delete(key));
    running.set(key, own);
    return own;
  }

  async #storedOrAsked(key: string, from: DefinedCatalogue, question: Question): Promise<CatalogueAnswer> {
    const bucket = await this.#options.bucket();
    const stored = (await bucket.get(key))?.value as CatalogueAnswer | undefined;
    if (stored !== undefined && stored.askedAt >= this.#options.notBefore) return stored;
    const entity = definitionEntity(from);
    const failures = this.#failures.get(entity) ?? 0;
    const { asking } = this.#options;
    if (failures >= MAX_FAILURES)
      return { askedAt: asking.now(), offers: [], reason: `${NOT_ASKED}, because it failed ${failures} times` };
    const answer = await this.#ask(from, question);
    this.#failures.set(entity, answer.reason === undefined ? 0 : failures + 1);
    await bucket.put(key, answer);
    return answer;
  }

  async #ask(from: DefinedCatalogue, question: Question): Promise<CatalogueAnswer> {
    const { asking, keys } = this.#options;
    const { catalogue } = from;
    const askedAt = asking.now();
    try {
      const key =
        catalogue.key === undefined ? undefined : await (await keys())?.get(definitionEntity(from), catalogue.key);
      if (catalogue.key !== undefined && key === undefined) throw new NoAnswer("its client key is not stored");
      return { askedAt, offers: await READERS[catalogue.kind].ask(catalogue, key, question, asking) };
    } catch (error) {
      asking.signal.throwIfAborted();
      if (!(error instanceof NoAnswer)) throw error;
      return { askedAt, offers: [], reason: error.message };
    }
  }
}

function keyOf({ name, account, seq }: DefinedCatalogue, { model, category }: Question): string {
  return createHash("sha256")
    .update(JSON.stringify([account, name, seq, model ?? null, category ?? null]))
    .digest("hex");
}
