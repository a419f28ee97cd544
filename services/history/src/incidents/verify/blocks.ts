import type { KeyObject } from "node:crypto";
import { entryHash } from "../../proofs/entry-hash.ts";
import { faultOfMark, NO_MARK } from "../../proofs/mark.ts";
import { rootFrom } from "../../proofs/tree.ts";
import type { BlockLine, EventLine, IncidentHead } from "../format.ts";
import { Refusal } from "./refusal.ts";

/** Checks that events are in marked blocks, and that the blocks follow each other. */
export class Blocks {
  readonly #head: IncidentHead;
  readonly #key: KeyObject;
  readonly #hashes = new Map<number, Buffer>();
  #block: BlockLine | undefined;
  #isProved = true;
  #lastSeq = 0;
  #unmarked = 0;

  constructor(head: IncidentHead, key: KeyObject) {
    this.#head = head;
    this.#key = key;
  }

  /** Events that no mark has yet. */
  get unmarked(): number {
    return this.#unmarked;
  }

  begin(block: BlockLine): void {
    this.#expectProved();
    const { firstSeq, lastSeq, mark } = block;
    const before = this.#block;
    const follows = before === undefined ? firstSeq <= this.#head.firstSeq : firstSeq === before.lastSeq + 1;
    if (!follows || lastSeq < firstSeq) throw new Refusal(`the block from ${firstSeq} does not follow the one before`);
    if (mark !== null) {
      const name = `the mark of ${firstSeq} to ${lastSeq}`;
      if (mark.firstSeq !== firstSeq || mark.lastSeq !== lastSeq) throw new Refusal(`${name} covers other events`);
      const fault = faultOfMark(mark, this.#key);
      if (fault !== undefined) throw new Refusal(`${name} is wrong: ${fault}`);
      const previous = before === undefined ? (firstSeq === 1 ? NO_MARK : mark.previous) : before.mark?.hash;
      if (mark.previous !== previous) throw new Refusal(`${name} does not follow the mark before`);
    }
    this.#block = block;
    this.#isProved = mark === null;
  }

  add({ seq, subject, payload }: EventLine): void {
    const block = this.#block;
    const { firstSeq, lastSeq } = this.#head;
    if (block === undefined || seq < block.firstSeq || seq > block.lastSeq || seq < firstSeq || seq > lastSeq) {
      throw new Refusal(`event ${seq} is not in this place of the log`);
    }
    if (seq <= this.#lastSeq) throw new Refusal(`event ${seq} is not in the order of the log`);
    this.#lastSeq = seq;
    if (block.mark === null) this.#unmarked += 1;
    else this.#hashes.set(seq - block.firstSeq, entryHash({ seq, subject, bytes: Buffer.from(payload) }));
  }

  prove(hashes: readonly string[]): void {
    const mark = this.#block?.mark ?? undefined;
    if (mark === undefined || this.#isProved) throw new Refusal("there is a proof without a mark");
    const proof = hashes.map((hash) => Buffer.from(hash, "hex"));
    const root = rootFrom(mark.lastSeq - mark.firstSeq + 1, this.#hashes, proof);
    if (root?.toString("hex") !== mark.root) {
      throw new Refusal(
        `the events between ${mark.firstSeq} and ${mark.lastSeq} are not those of the log that was marked`,
      );
    }
    this.#hashes.clear();
    this.#isProved = true;
  }

  end(): void {
    this.#expectProved();
    if (this.#block === undefined || this.#block.lastSeq < this.#head.lastSeq)
      throw new Refusal("blocks of the log are missing");
  }

  #expectProved(): void {
    if (!this.#isProved) throw new Refusal(`the proof of the block from ${this.#block?.firstSeq} is missing`);
  }
}
