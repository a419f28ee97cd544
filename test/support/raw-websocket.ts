import type { IncomingMessage } from "node:http";
import { type ClientOptions, WebSocket } from "ws";

export interface Closed {
  readonly code: number;
  readonly reason: string;
}

/** A peer that sends what it is told, byte for byte, and keeps what it hears in order. */
export class RawWebSocket {
  readonly websocket: WebSocket;
  readonly closed: Promise<Closed>;
  readonly #heard: unknown[] = [];
  readonly #listeners: ((message: unknown) => void)[] = [];
  #id = 0;

  constructor(url: string, options: ClientOptions = {}) {
    this.websocket = new WebSocket(url, { perMessageDeflate: false, ...options });
    this.websocket.on("message", (data) => {
      const message: unknown = JSON.parse(data.toString());
      const listener = this.#listeners.shift();
      if (listener === undefined) this.#heard.push(message);
      else listener(message);
    });
    this.websocket.on("error", () => {});
    this.closed = new Promise((resolve) =>
      this.websocket.once("close", (code, reason) => resolve({ code, reason: reason.toString() })),
    );
  }

  /** Rejects with the HTTP answer's status when the upgrade was refused. */
  static open(url: string, options: ClientOptions = {}): Promise<RawWebSocket> {
    const raw = new RawWebSocket(url, options);
    return new Promise((resolve, reject) => {
      raw.websocket.once("open", () => resolve(raw));
      raw.websocket.once("unexpected-response", (_request, response) =>
        reject(new Error(`HTTP ${response.statusCode}`)),
      );
      raw.websocket.once("close", () => reject(new Error("closed")));
    });
  }

  /** Messages that were heard and not yet asked for. */
  get unread(): readonly unknown[] {
    return this.#heard;
  }

  send(message: unknown): void {
    this.websocket.send(
      typeof message === "string" || message instanceof Uint8Array ? message : JSON.stringify(message),
    );
  }

  next(): Promise<unknown> {
    if (this.#heard.length > 0) return Promise.resolve(this.#heard.shift());
    return new Promise((resolve) => this.#listeners.push(resolve));
  }

  ask(message: unknown): Promise<unknown> {
    this.send(message);
    return this.next();
  }

  /** One call, whose answer is the next message. */
  call(method: string, params?: unknown): Promise<unknown> {
    return this.ask({ jsonrpc: "2.0", method, ...(params !== undefined && { params }), id: ++this.#id });
  }

  /** Resolves when all that was sent before has been handled: pongs come in the order of pings and messages. */
  flush(): Promise<void> {
    return new Promise((resolve) => {
      this.websocket.once("pong", () => resolve());
      this.websocket.ping();
    });
  }

  async close(code = 1000): Promise<Closed> {
    this.websocket.close(code);
    return this.closed;
  }
}

export interface Refused {
  readonly status: number;
  readonly headers: IncomingMessage["headers"];
  readonly body: unknown;
}

/** The HTTP answer to an upgrade that is refused. */
export function refusalOf(url: string, options: ClientOptions = {}): Promise<Refused> {
  return new Promise((resolve, reject) => {
    const websocket = new WebSocket(url, options);
    websocket.once("open", () => {
      websocket.terminate();
      reject(new Error("the upgrade was not refused"));
    });
    websocket.on("error", reject);
    websocket.once("unexpected-response", (_request, response: IncomingMessage) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("end", () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          body: JSON.parse(Buffer.concat(chunks).toString()),
        }),
      );
    });
  });
}
