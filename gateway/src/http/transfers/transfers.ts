import { FleetError } from "@fleetlog/domain";
import { TokenBucket } from "@fleetlog/runtime";
import { type Holder, Places } from "./places.ts";

export interface TransferLimits {
  readonly downloads: number;
  readonly bytesPerSecond: number;
  readonly totalBytesPerSecond: number;
}

/** Maximum number of uploads at a time. Each takes up to 4 MiB of memory. */
const UPLOADS = 8;
const PART_BYTES = 64 * 1024;
/** How long a client may take nothing, or send fewer than `MIN_BYTES`. */
const STALLED_MS = 60_000;
const MIN_BYTES = 64 * 1024;

/** Limits the number, rate and time of uploads and downloads on this node. */
export class Transfers {
  readonly #limits: TransferLimits;
  readonly #clock: () => number;
  readonly #total: TokenBucket;
  readonly #stalledMs: number;
  readonly #uploads = new Places("uploads", UPLOADS);
  readonly #downloads: Places;

  constructor(limits: TransferLimits, clock: () => number, stalledMs = STALLED_MS) {
    this.#limits = limits;
    this.#downloads = new Places("downloads", limits.downloads);
    this.#clock = clock;
    this.#stalledMs = stalledMs;
    this.#total = bucketOf(limits.totalBytesPerSecond, clock);
  }

  /** Call the returned function when the upload has ended. @throws as {@link Places.take} */
  beginUpload(holder: Holder): () => void {
    return this.#uploads.take(holder);
  }

  /** Call the returned function when the download has ended. @throws as {@link Places.take} */
  beginDownload(holder: Holder): () => void {
    return this.#downloads.take(holder);
  }

  /** @throws FleetError `request-timeout` if the client sends too slowly. Time of a slow store does not count. */
  async *uploaded(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    const iterator = bytes[Symbol.asyncIterator]();
    let waited = 0;
    let received = 0;
    try {
      for (;;) {
        const before = this.#clock();
        const next = await this.#within(iterator.next(), this.#stalledMs - waited);
        if (next.done === true) return;
        waited += this.#clock() - before;
        received += next.value.length;
        if (received >= MIN_BYTES) [waited, received] = [0, 0];
        else if (waited >= this.#stalledMs) throw tooSlow();
        yield next.value;
      }
    } finally {
      // `return` is not awaited, because after a timeout the iterator still waits for bytes.
      iterator.return?.().catch(() => {});
    }
  }

  /** @param stalled called when the client takes nothing for too long */
  async *downloaded(bytes: AsyncIterable<Uint8Array>, stalled: () => void): AsyncGenerator<Uint8Array> {
    const own = bucketOf(this.#limits.bytesPerSecond, this.#clock);
    for await (const given of bytes) {
      for (let at = 0; at < given.length; at += PART_BYTES) {
        const part = given.subarray(at, at + PART_BYTES);
        const waitMs = Math.max(own.take(part.length), this.#total.take(part.length));
        if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs));
        const timeout = setTimeout(stalled, this.#stalledMs);
        try {
          yield part;
        } finally {
          clearTimeout(timeout);
        }
      }
    }
  }

  async #within<T>(promise: Promise<T>, ms: number): Promise<T> {
    let timeout: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timeout = setTimeout(() => reject(tooSlow()), ms);
    });
    try {
      return await Promise.race([promise, late]);
    } finally {
      clearTimeout(timeout);
    }
  }
}

function bucketOf(bytesPerSecond: number, clock: () => number): TokenBucket {
  // The bucket holds the bytes of a quarter of a second, so that short files do not wait.
  return new TokenBucket({ burst: Math.max(PART_BYTES, bytesPerSecond / 4), refillMs: 1_000 / bytesPerSecond }, clock);
}

function tooSlow(): FleetError {
  return new FleetError("request-timeout", "the upload came too slowly", {
    advice: "Nothing was stored. Send it again, over a faster connection.",
  });
}
