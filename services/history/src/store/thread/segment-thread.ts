import { Worker } from "node:worker_threads";
import type { Folder } from "../folder.ts";
import type { Segment } from "../manifest.ts";
import type { ThreadData, ThreadReport, ThreadTask } from "./messages.ts";
import type { Packet } from "./packet.ts";

/** The thread's objects live only as long as a packet, so a larger young generation would only take memory. */
const YOUNG_MB = 16;
/** Characters on their way to the thread. With more, the fold waits, which bounds memory. */
const MOST_CHARS = 2 * 1024 ** 2;

/**
 * A thread with a DuckDB of its own, which makes tables and segments of the rows that it gets. After an error it does nothing any
 * more.
 */
export class SegmentThread {
  readonly #worker: Worker;
  readonly #folder: Folder;
  readonly #exited = Promise.withResolvers<void>();
  #onWay = 0;
  /** Called with the tail's bytes, for each packet on its way. */
  readonly #taken: ((bytes: number) => void)[] = [];
  #failure: unknown;
  #relieved: PromiseWithResolvers<void> | undefined;
  #segment: PromiseWithResolvers<Segment> | undefined;
  #isEnding = false;

  /** @param folder of the segments' files, as this thread knows it */
  constructor(data: ThreadData, folder: Folder) {
    this.#folder = folder;
    this.#worker = new Worker(new URL("./main.ts", import.meta.url), {
      name: "segments",
      workerData: data,
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MB },
    });
    this.#worker.on("message", (report: ThreadReport) => this.#heard(report));
    this.#worker.on("error", (error) => this.#fail(error));
    this.#worker.on("exit", () => {
      this.#exited.resolve();
      if (!this.#isEnding) this.#fail(new Error("the thread that writes the history's segments ended"));
    });
  }

  /** @throws the thread's error */
  check(): void {
    if (this.#failure !== undefined) throw this.#failure;
  }

  do(task: ThreadTask): void {
    this.check();
    this.#worker.postMessage(task);
  }

  /**
   * The packet can't be used afterwards.
   *
   * @param taken called with the tail's bytes when its rows are in tables
   */
  rows(packet: Packet, taken: (bytes: number) => void): void {
    this.check();
    this.#onWay += packet.text.length;
    this.#taken.push(taken);
    this.#worker.postMessage({ rows: packet } satisfies ThreadTask, [packet.layout.buffer, packet.numbers.buffer]);
  }

  /** Resolves when the thread may get more rows; undefined if it may get them now. Rejects with the thread's error. */
  relieved(): Promise<void> | undefined {
    this.check();
    if (this.#onWay <= MOST_CHARS) return undefined;
    this.#relieved ??= Promise.withResolvers();
    return this.#relieved.promise;
  }

  /** Writes the tail that was begun last. Call it only when the last call has resolved. */
  segment(one: { readonly number: number; readonly firstSeq: number; readonly lastSeq: number }): Promise<Segment> {
    this.do({ segment: one });
    this.#segment = Promise.withResolvers();
    return this.#segment.promise;
  }

  /** Ends the thread, after the files that it is writing. */
  async end(): Promise<void> {
    this.#isEnding = true;
    this.#worker.postMessage({ end: true } satisfies ThreadTask);
    await this.#exited.promise;
  }

  #heard(report: ThreadReport): void {
    if ("taken" in report) {
      this.#onWay -= report.taken;
      this.#taken.shift()?.(report.bytes);
      if (this.#onWay > MOST_CHARS) return;
      this.#relieved?.resolve();
      this.#relieved = undefined;
    } else if ("segment" in report) {
      for (const [name, identity] of report.identities) this.#folder.noteIdentity(name, identity);
      this.#segment?.resolve(report.segment);
      this.#segment = undefined;
    } else if ("failure" in report) this.#fail(new Error(report.failure));
    else {
      try {
        this.#folder.step(report.step);
      } catch (error) {
        this.#fail(error);
      }
    }
  }

  #fail(error: unknown): void {
    this.#failure ??= error;
    this.#relieved?.reject(error);
    this.#segment?.reject(error);
    this.#relieved = undefined;
    this.#segment = undefined;
  }
}
