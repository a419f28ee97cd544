import type { AppendWindow } from "../../flow/admission.ts";
import type { Queue } from "../../flow/queue.ts";
import { steadyTime } from "../../steady-time.ts";
import { markSent, type PendingAppend } from "./pending.ts";
import type { PipelineHost } from "./pipeline-host.ts";
import { publishBytes, publishHead } from "./publish-bytes.ts";
import type { ReplyTokens } from "./reply-tokens.ts";

const CHUNK = 64 * 1024;

/** The single appends of a stream that are in flight, each with a reply token of its own. */
export class Singles {
  readonly #host: Pick<PipelineHost, "inbox" | "write">;
  readonly #tokens: ReplyTokens;
  /** By token, and so in the order of sending. */
  readonly #inFlight = new Map<number, PendingAppend>();
  #bytes = 0;

  constructor(host: Pick<PipelineHost, "inbox" | "write">, tokens: ReplyTokens) {
    this.#host = host;
    this.#tokens = tokens;
  }

  get size(): number {
    return this.#inFlight.size;
  }

  get oldest(): PendingAppend | undefined {
    return this.#inFlight.values().next().value;
  }

  /**
   * Sends appends of the queue until the window is full.
   * @param lastSeq the stream's last known sequence
   * @returns how many were sent
   */
  send(queue: Queue<PendingAppend>, { events, bytes }: Required<AppendWindow>, lastSeq: number): number {
    const { inbox } = this.#host;
    const now = steadyTime();
    let sent = 0;
    let heads: string[] = [];
    let appends: PendingAppend[] = [];
    let size = 0;
    const write = () => {
      if (heads.length > 0) this.#host.write(publishBytes(heads, appends));
      heads = [];
      appends = [];
      size = 0;
    };
    while (this.#inFlight.size < events && this.#bytes < bytes) {
      const append = queue.shift();
      if (append === undefined) break;
      sent += 1;
      markSent(append, now, lastSeq);
      const token = this.#tokens.take();
      this.#inFlight.set(token, append);
      this.#bytes += append.bytes;
      heads.push(publishHead(append, inbox + token));
      appends.push(append);
      size += append.bytes;
      if (size >= CHUNK) write();
    }
    write();
    return sent;
  }

  /** Takes the append that the token answers; undefined if none waits for it. */
  answered(token: number): PendingAppend | undefined {
    const append = this.#inFlight.get(token);
    if (append === undefined) return undefined;
    this.#inFlight.delete(token);
    this.#bytes -= append.bytes;
    return append;
  }

  /** Takes all appends in flight: their answers no longer count. */
  takeAll(): readonly PendingAppend[] {
    const appends = [...this.#inFlight.values()];
    this.#inFlight.clear();
    this.#bytes = 0;
    return appends;
  }
}
