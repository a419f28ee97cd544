import type { EventLog } from "@fleetlog/log";

/** Highest sequence that this node has written. Reset when the log is away, because another log may replace it. */
export class WrittenSeq {
  #seq = 0;
  readonly stop: () => void;

  constructor(log: EventLog) {
    this.stop = log.onStatus((status) => {
      if (status === "away") this.#seq = 0;
    });
  }

  get seq(): number {
    return this.#seq;
  }

  note(seq: number): void {
    this.#seq = Math.max(this.#seq, seq);
  }
}
