/** Every how many chunks the index has an entry. */
const STRIDE = 8;

/**
 * Where the chunks of an object are in the stream. Chunks of several uploads alternate there, so that a chunk's sequence can't
 * be computed: every eighth is kept. An object of 4 GiB has 4,096 entries, 8 KB of text.
 */
export class ChunkIndex {
  readonly #sequences: number[];

  constructor(sequences: number[] = []) {
    this.#sequences = sequences;
  }

  /** To be called with the sequence of each chunk, in order. */
  stored(chunk: number, seq: number): void {
    if (chunk % STRIDE === 0) this.#sequences.push(seq);
  }

  /** The nearest entry at or before a chunk; undefined if there is none. */
  find(chunk: number): { readonly chunk: number; readonly seq: number } | undefined {
    const at = Math.floor(chunk / STRIDE);
    const seq = this.#sequences[at];
    return seq === undefined ? undefined : { chunk: at * STRIDE, seq };
  }

  /** The differences of the sequences. */
  toString(): string {
    return this.#sequences.map((seq, i) => (seq - (this.#sequences[i - 1] ?? 0)).toString(36)).join(",");
  }

  static parse(text: string): ChunkIndex {
    let seq = 0;
    const sequences = text === "" ? [] : text.split(",").map((difference) => (seq += Number.parseInt(difference, 36)));
    return new ChunkIndex(sequences);
  }
}
