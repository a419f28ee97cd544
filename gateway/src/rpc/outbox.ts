import type { Duplex } from "node:stream";
import type { WebSocket } from "ws";

/**
 * Writes messages to one connection, with one system call for each turn of the event loop. The buffer has no limit, so
 * callers must check `full` and wait for `drained`.
 */
export class Outbox {
  readonly #websocket: WebSocket;
  readonly #socket: Duplex;
  #corked = false;
  #draining: Promise<void> | undefined;

  constructor(websocket: WebSocket, socket: Duplex) {
    this.#websocket = websocket;
    this.#socket = socket;
  }

  get open(): boolean {
    return this.#websocket.readyState === this.#websocket.OPEN;
  }

  get full(): boolean {
    return this.#socket.writableNeedDrain;
  }

  get drained(): Promise<void> {
    if (!this.full) return Promise.resolve();
    this.#draining ??= new Promise((resolve) => {
      this.#socket.once("drain", () => {
        this.#draining = undefined;
        resolve();
      });
    });
    return this.#draining;
  }

  /** @param done called with true when the operating system has accepted the message */
  send(message: string, done?: (sent: boolean) => void): void {
    if (!this.open) {
      done?.(false);
      return;
    }
    this.#cork();
    this.#websocket.send(
      message,
      done === undefined ? undefined : (error) => done(error === undefined || error === null),
    );
  }

  #cork(): void {
    if (this.#corked) return;
    this.#corked = true;
    this.#socket.cork();
    setImmediate(() => {
      this.#corked = false;
      this.#socket.uncork();
    });
  }
}
