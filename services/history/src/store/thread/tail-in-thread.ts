import type { RecordedEvent } from "@fleetlog/domain";
import type { Projection, ViewRow } from "@fleetlog/projections/folding";
import type { Cell } from "../duck.ts";
import { type EventBlock, EventBlocks } from "../event-blocks.ts";
import type { GrowingTail, TailStart } from "../growing-tail.ts";
import type { Segment } from "../manifest.ts";
import type { StoreFiles } from "../store-files.ts";
import { PacketWriter } from "./packet.ts";
import type { SegmentThread } from "./segment-thread.ts";
import { CHANGES_TABLE, EVENTS_TABLE, tableOfProjection } from "./table-numbers.ts";

/** Characters of texts that are sent together. */
const PACKET_CHARS = 256 * 1024;

/** A tail whose tables are in another thread. Statements can't read it before it is a segment. */
export class TailInThread implements GrowingTail {
  readonly after: number;
  readonly firstVersion: number;
  readonly readable = undefined;
  readonly #thread: SegmentThread;
  readonly #tables: ReadonlyMap<string, number>;
  readonly #packet = new PacketWriter();
  readonly #blocks = new EventBlocks();
  nextVersion: number;
  size = 0;
  bytes = 0;
  #hasBegun = false;

  /** @param projections in the thread's order */
  constructor(thread: SegmentThread, projections: readonly Projection[], start: TailStart) {
    this.#thread = thread;
    this.#tables = new Map(projections.map(({ name }, i) => [name, tableOfProjection(i)]));
    this.after = start.after;
    this.firstVersion = start.firstVersion;
    this.nextVersion = start.firstVersion;
  }

  addEvent(event: Pick<RecordedEvent, "seq" | "time">, cells: readonly Cell[]): void {
    this.#blocks.add(event);
    this.#add(EVENTS_TABLE, cells);
  }

  /** Sends only the row's key and JSON: the other thread parses the row, and computes its columns. */
  addVersion({ name }: Projection, key: string, _row: ViewRow, json: string): void {
    const table = this.#tables.get(name);
    if (table === undefined) throw new TypeError(`there is no table of ${name}`);
    this.nextVersion += 1;
    this.#add(table, [key, json]);
  }

  addChange(cells: readonly Cell[]): void {
    this.#add(CHANGES_TABLE, cells);
  }

  check(): void {
    this.#thread.check();
  }

  relieved(): Promise<void> | undefined {
    return this.#thread.relieved();
  }

  async write(_files: StoreFiles, number: number, span: Pick<Segment, "firstSeq" | "lastSeq">): Promise<Segment> {
    this.#send();
    const blocks: readonly EventBlock[] = this.#blocks.all;
    return { ...(await this.#thread.segment({ number, ...span })), blocks };
  }

  /** The other thread drops its tables itself. */
  async drop(): Promise<void> {}

  #add(table: number, cells: readonly Cell[]): void {
    this.size += 1;
    this.#packet.add(table, cells);
    if (this.#packet.size >= PACKET_CHARS) this.#send();
  }

  /** The thread begins this tail with its first packet, after the last task of the tail before it. */
  #send(): void {
    if (!this.#hasBegun) this.#thread.do({ begin: { after: this.after, firstVersion: this.firstVersion } });
    this.#hasBegun = true;
    this.#thread.rows(this.#packet.take(), (bytes) => {
      this.bytes = bytes;
    });
  }
}
