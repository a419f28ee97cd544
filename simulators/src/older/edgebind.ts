import { setTimeout as delay } from "node:timers/promises";

/** What an Edgebind program does with an event. */
export type EdgebindScenario =
  /** The program closes the connection, and connects again later. */
  | "reboots"
  /** The program stays connected. */
  | "stays";

export interface EdgebindProgramOptions {
  /** `ws://host:port`. */
  readonly url: string;
  readonly scenario: EdgebindScenario;
  readonly events?: readonly string[];
  /** Milliseconds between a close and the next connection. */
  readonly awayMs?: number;
  /** Called with each event. */
  readonly onEvent?: (event: string, params: readonly unknown[]) => void;
}

interface Frame {
  readonly id?: unknown;
  readonly result?: unknown;
  readonly notification?: string;
  readonly params?: readonly unknown[];
}

const AWAY_MS = 2_000;
const NORMAL_CLOSURE = 1000;

/** An Edgebind program: it connects without a credential, subscribes to events, and acts on each event. */
export class EdgebindProgram {
  readonly #options: EdgebindProgramOptions;
  readonly #stopping = new AbortController();
  #running: Promise<void> | undefined;
  #socket: WebSocket | undefined;
  readonly #subscribed = Promise.withResolvers<void>();

  constructor(options: EdgebindProgramOptions) {
    this.#options = options;
  }

  /** Resolves when the server has accepted the subscription. */
  start(): Promise<void> {
    this.#running ??= this.#run();
    return this.#subscribed.promise;
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#socket?.close(NORMAL_CLOSURE);
    await this.#running;
  }

  async #run(): Promise<void> {
    const { awayMs = AWAY_MS } = this.#options;
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      await this.#connection();
      await delay(awayMs, undefined, { signal }).catch(() => {});
    }
  }

  /** Resolves when the connection has ended. */
  #connection(): Promise<void> {
    const { url, events = ["reboot"] } = this.#options;
    const socket = new WebSocket(url);
    this.#socket = socket;
    socket.onopen = () => socket.send(JSON.stringify({ jsonrpc: "2.0", method: "rpc.on", params: events, id: 1 }));
    socket.onmessage = ({ data }) => this.#received(socket, JSON.parse(String(data)) as Frame);
    return new Promise((resolve) => {
      socket.onclose = () => resolve();
      socket.onerror = () => {};
    });
  }

  #received(socket: WebSocket, { id, result, notification, params = [] }: Frame): void {
    if (id === 1 && result !== undefined) this.#subscribed.resolve();
    if (notification === undefined) return;
    this.#options.onEvent?.(notification, params);
    if (this.#options.scenario === "reboots") socket.close(NORMAL_CLOSURE);
  }
}
