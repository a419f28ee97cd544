import { randomBytes } from "node:crypto";
import type { WebSocket } from "ws";

/** Maximum number of unanswered pings. Beyond it, the peer gets no more pings. */
const MOST = 16;

/** Pings of one WebSocket whose answers somebody waits for. */
export class Pings {
  readonly #websocket: WebSocket;
  readonly #waiting = new Map<string, (answered: boolean) => void>();

  constructor(websocket: WebSocket) {
    this.#websocket = websocket;
    websocket.on("pong", (data: Buffer) => this.#answered(data.toString("latin1"), true));
    websocket.on("close", () => {
      for (const id of [...this.#waiting.keys()]) this.#answered(id, false);
    });
  }

  /** Resolves with true at the answer, false when the connection ends or after `withinMs`. */
  send(withinMs?: number): Promise<boolean> {
    const { readyState, OPEN } = this.#websocket;
    if (readyState !== OPEN || this.#waiting.size >= MOST) return Promise.resolve(false);
    const id = randomBytes(8).toString("latin1");
    return new Promise((resolve) => {
      const timer = withinMs === undefined ? undefined : setTimeout(() => this.#answered(id, false), withinMs);
      this.#waiting.set(id, (answered) => {
        clearTimeout(timer);
        resolve(answered);
      });
      this.#websocket.ping(Buffer.from(id, "latin1"));
    });
  }

  #answered(id: string, answered: boolean): void {
    const resolve = this.#waiting.get(id);
    this.#waiting.delete(id);
    resolve?.(answered);
  }
}
