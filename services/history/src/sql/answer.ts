import { once } from "node:events";
import { createReadStream, type ReadStream } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import type { SqlFormat } from "@fleetlog/protocol";
import type { Pace } from "../telemetry/pace.ts";
import type { Spooled } from "./queries.ts";

/** Maximum number of characters in a part. In JSON, a control character takes six bytes of a NATS message. */
const TEXT_PART = 128 * 1_024;
/** A multiple of 3 bytes, which base64 writes without padding. */
const BYTES_PART = 192 * 1_024;
/** A reader that has waited this long gets an empty part, so that it can cancel. */
const WAIT_MS = 2_000;
/** The first empty parts are sent at once, because a reader can cancel only after the first part. */
const AT_ONCE = 2;

/** The parts of an answer: empty ones while the statement runs, then the head, then the rows. */
export class SqlParts implements AsyncIterableIterator<string> {
  readonly #abort = new AbortController();
  readonly #spooled: Promise<Spooled>;
  readonly #format: SqlFormat;
  readonly #pace: Pick<Pace, "after">;
  #given = 0;
  #rows: AsyncIterator<string> | undefined;

  /** @param pace limits how fast the bytes of rows are sent */
  constructor(format: SqlFormat, run: (signal: AbortSignal) => Promise<Spooled>, pace: Pick<Pace, "after">) {
    this.#format = format;
    this.#pace = pace;
    this.#spooled = run(this.#abort.signal);
    this.#spooled.catch(() => {});
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<IteratorResult<string>> {
    if (this.#abort.signal.aborted) return { done: true, value: undefined };
    if (this.#rows !== undefined) return await this.#rows.next();
    if (this.#given++ < AT_ONCE) return { done: false, value: "" };
    const timer = new AbortController();
    const late = sleep(WAIT_MS, undefined, { signal: timer.signal }).catch(() => undefined);
    const spooled = await Promise.race([this.#spooled, late]);
    timer.abort();
    if (spooled === undefined) return { done: false, value: "" };
    this.#rows = rowsOf(spooled, this.#format, this.#pace);
    return { done: false, value: `${JSON.stringify(spooled.head)}\n` };
  }

  /** Ends the statement if it still runs. */
  async return(): Promise<IteratorResult<string>> {
    this.#abort.abort(new Error("nobody reads the answer"));
    await this.#rows?.return?.();
    // Releases the file. Reading the rows would release it at its end, but may not have begun.
    void this.#spooled.then(
      ({ release }) => release(),
      () => {},
    );
    return { done: true, value: undefined };
  }
}

async function* rowsOf(
  { path, expectWhole, release }: Spooled,
  format: SqlFormat,
  pace: Pick<Pace, "after">,
): AsyncGenerator<string> {
  try {
    expectWhole();
    const file =
      format === "parquet"
        ? createReadStream(path, { highWaterMark: BYTES_PART })
        : createReadStream(path, { highWaterMark: TEXT_PART, encoding: "utf8" });
    // Opened now, because the file may be deleted before the next part is requested.
    await opened(file);
    let given = 0;
    for await (const piece of file as AsyncIterable<string | Buffer>) {
      if (given > 0) await pace.after(given);
      given = Buffer.byteLength(piece);
      expectWhole();
      yield typeof piece === "string" ? piece : piece.toString("base64");
    }
    // A file that was cut ends early.
    expectWhole();
  } finally {
    release();
  }
}

async function opened(file: ReadStream): Promise<void> {
  await once(file, "open");
}
