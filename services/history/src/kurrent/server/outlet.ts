import type { ServerWritableStream } from "@grpc/grpc-js";
import type { Encoded } from "../messages/encoded.ts";
import type { Refusal } from "../refusals.ts";
import type { Message } from "./flow.ts";
import { Frames } from "./frames.ts";

export type ReadStream = ServerWritableStream<Buffer, Message>;

/** Maximum number of bytes that wait for a client. Above it, the next message waits until the client has read. */
const MOST_WAITING = 128 * 1024;
/** Messages are sent at once when they have this many bytes, otherwise in the next turn of the event loop. */
const TOGETHER = 32 * 1024;
/** If a client does not read the messages before an error within this time, its connection is closed. */
const READ_ERROR_MS = 300;

/** The messages of one call. A client that reads slowly makes `send` wait. */
export class Outlet {
  readonly #call: ReadStream;
  readonly #cut: (peer: string) => void;
  readonly #ended = new AbortController();
  #closed = false;
  /** Whether the signal has aborted. Reading that from the signal itself takes longer. */
  #hasEnded = false;
  #waitingBytes = 0;
  readonly #unsent = new Frames();
  #sending: NodeJS.Immediate | undefined;
  #waiters: (() => void)[] = [];

  /** @param cut ends a connection */
  constructor(call: ReadStream, cut: (peer: string) => void) {
    this.#call = call;
    this.#cut = cut;
    call.on("cancelled", () => {
      this.#closed = true;
      this.#finish();
    });
    call.on("close", () => this.#finish());
    call.on("error", () => this.#finish());
  }

  /** Aborted when the call has ended, whoever ended it. */
  get signal(): AbortSignal {
    return this.#ended.signal;
  }

  /** Returns a promise if the next message must wait until the client has read. */
  send(message: Encoded): Promise<void> | undefined {
    if (this.#hasEnded) return undefined;
    this.#unsent.add(message);
    if (this.#unsent.length >= TOGETHER) this.#write();
    else this.#sending ??= setImmediate(() => this.#write());
    return this.#waitingBytes + this.#unsent.length < MOST_WAITING
      ? undefined
      : new Promise((resolve) => this.#waiters.push(resolve));
  }

  /** As {@link send}, for a single message, after which the caller need not wait for the client. */
  post(message: Encoded): void {
    this.send(message)?.catch(() => undefined);
  }

  end(): void {
    if (this.signal.aborted) return;
    this.#write();
    this.#call.end();
  }

  fail(refusal: Refusal): void {
    if (this.signal.aborted) return;
    this.#write();
    this.#call.emit("error", refusal);
    if (this.#waitingBytes === 0) return;
    setTimeout(() => {
      if (!this.#closed) this.#cut(this.#call.getPeer());
    }, READ_ERROR_MS);
  }

  #write(): void {
    clearImmediate(this.#sending);
    this.#sending = undefined;
    if (this.#unsent.length === 0 || this.#hasEnded) return;
    const frames = this.#unsent.take();
    this.#waitingBytes += frames.length;
    const flushed = () => {
      this.#waitingBytes -= frames.length;
      if (this.#waitingBytes < MOST_WAITING / 2) this.#wake();
    };
    this.#call.write({ frames, flushed });
  }

  #finish(): void {
    this.#hasEnded = true;
    this.#ended.abort();
    this.#wake();
  }

  #wake(): void {
    const waiters = this.#waiters;
    if (waiters.length === 0) return;
    this.#waiters = [];
    for (const wake of waiters) wake();
  }
}
