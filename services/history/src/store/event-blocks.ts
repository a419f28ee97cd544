import type { RecordedEvent } from "@fleetlog/domain";

/** Successive events, up to the next block. A search for events by sequence or time reads only the blocks that may have them. */
export interface EventBlock {
  /** Sequence of its first event. */
  readonly first: number;
  /** The least of its events' times. Not always the first one's, because clocks of gateways differ. */
  readonly least: string;
}

/** Sequences of a block: as many as a row group of events has rows. */
const SEQS = 20_480;

/** Blocks of the events that were added. */
export class EventBlocks {
  readonly #seqs: number;
  readonly #blocks: EventBlock[] = [];

  /** @param seqs number of sequences of a block */
  constructor(seqs = SEQS) {
    this.#seqs = seqs;
  }

  /** In the order of their sequences. */
  add({ seq, time }: Pick<RecordedEvent, "seq" | "time">): void {
    const last = this.#blocks.at(-1);
    if (last === undefined || seq - last.first >= this.#seqs) this.#blocks.push({ first: seq, least: time });
    else if (time < last.least) this.#blocks[this.#blocks.length - 1] = { first: last.first, least: time };
  }

  get all(): readonly EventBlock[] {
    return [...this.#blocks];
  }
}
