import { randomUUID } from "node:crypto";
import type { TargetStreams } from "./streams.ts";
import { MirrorError, type Target } from "./target.ts";

export interface CheckpointOptions {
  readonly target: Target;
  readonly streams: Pick<TargetStreams, "retried">;
  readonly stream: string;
  /** Identifies the log. */
  readonly log: string;
}

/**
 * The sequence up to which all streams of the target are complete, in a stream of the target. Without it, a run reads the
 * log from its start.
 */
export class Checkpoint {
  readonly #options: CheckpointOptions;
  #isFirst: boolean;
  #seq: number;

  /** @throws MirrorError if the target has the checkpoint of another log */
  static async open(options: CheckpointOptions): Promise<Checkpoint> {
    const { target, streams, stream, log } = options;
    const last = await streams.retried(() => target.last(stream));
    if (last === undefined) return new Checkpoint(options, true, 0);
    const found = (last.data ?? {}) as { readonly log?: unknown; readonly seq?: unknown };
    if (found.log !== log || typeof found.seq !== "number")
      throw new MirrorError(
        `the target has the history of another installation, says its stream ${stream}; give another --prefix`,
      );
    return new Checkpoint(options, false, found.seq);
  }

  private constructor(options: CheckpointOptions, isFirst: boolean, seq: number) {
    this.#options = options;
    this.#isFirst = isFirst;
    this.#seq = seq;
  }

  get seq(): number {
    return this.#seq;
  }

  async save(seq: number): Promise<void> {
    if (seq <= this.#seq) return;
    const { target, streams, stream, log } = this.#options;
    const event = { id: randomUUID(), type: "FleetlogMirrored", data: { log, seq }, metadata: {} };
    await streams.retried(() => target.keepLast(stream, event, this.#isFirst));
    this.#isFirst = false;
    this.#seq = seq;
  }
}
