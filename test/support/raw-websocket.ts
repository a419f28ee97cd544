import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import { type ClientOptions, WebSocket } from "ws";

export interface Closed {
  readonly code: number;
  readonly reason: string;
}

export class RawWebSocket {
  readonly websocket: WebSocket;
  readonly closed: Promise<Closed>;
  readonly #received: unknown[] = [];
  readonly #listeners: ((message: unknown) => void)[] = [];
  #id = 0;

  constructor(url: string, options: ClientOptions = {}) {
    this.websocket = new WebSocket(url, { perMessageDeflate: false, ...options });
    this.websocket.on("message", (data) => {
      const message: unknown = JSON.parse(data.toString());
      const listener = this.#listeners.shift();
      if (listener === undefined) this.#received.push(message);
      else listener(message);
    });
    this.websocket.on("error", () => {});
    this.closed = new Promise((resolve) =>
      this.websocket.once("close", (code, reason) => resolve({ code, reason: reason.toString() })),
    );
  }

  /** Rejects with the HTTP status of a refused upgrade. */
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

  /** The socket of an open connection. */
  get socket(): Socket {
    return (this.websocket as unknown as { readonly _socket: Socket })._socket;
  }

  get unread(): readonly unknown[] {
    return this.#received;
  }

  send(message: unknown): void {
    this.websocket.send(
      typeof message === "string" || message instanceof Uint8Array ? message : JSON.stringify(message),
    );
  }

  next(): Promise<unknown> {
    if (this.#received.length > 0) return Promise.resolve(this.#received.shift());
    return new Promise((resolve) => this.#listeners.push(resolve));
  }

  exchange(message: unknown): Promise<unknown> {
    this.send(message);
    return this.next();
  }

  call(method: string, params?: unknown): Promise<unknown> {
    return this.exchange({ jsonrpc: "2.0", method, ...(params !== undefined && { params }), id: ++this.#id });
  }

  /** Resolves when all sent messages were handled: the pong comes after their answers. */
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
