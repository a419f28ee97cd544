import type { WaitingClient, WaitingStore } from "@fleetlog/fleet";
import type { Logger } from "pino";

const SOON_MS = 100;
/** Milliseconds between two writes: entries expire unless they are written again. */
const REPUBLISH_MS = 10_000;

export interface PublishedOptions {
  readonly store: WaitingStore;
  readonly gateway: string;
  readonly logger: Logger;
  readonly clients: () => readonly WaitingClient[];
}

/** Shows this node's waiting clients to all nodes. Many changes at once are written once. */
export class Published {
  readonly #options: PublishedOptions;
  #soon: NodeJS.Timeout | undefined;
  #again: NodeJS.Timeout | undefined;
  #writing: Promise<void> = Promise.resolve();
  #isEmpty = true;
  #stopped = false;

  constructor(options: PublishedOptions) {
    this.#options = options;
  }

  start(): void {
    this.#again = setInterval(() => {
      if (!this.#isEmpty) this.#write();
    }, REPUBLISH_MS);
    this.#again.unref();
  }

  changed(): void {
    if (this.#stopped) return;
    this.#soon ??= setTimeout(() => {
      this.#soon = undefined;
      this.#write();
    }, SOON_MS);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#soon);
    clearInterval(this.#again);
    await this.#writing;
    const { store, gateway, logger } = this.#options;
    if (!this.#isEmpty) {
      await store
        .put(gateway, [])
        .catch((err: unknown) => logger.warn({ err }, "could not clear the list of waiting clients"));
    }
  }

  #write(): void {
    const { store, gateway, clients, logger } = this.#options;
    this.#writing = this.#writing.then(async () => {
      const now = clients();
      this.#isEmpty = now.length === 0;
      await store.put(gateway, now).catch((err: unknown) => {
        logger.warn({ err }, "could not show the waiting clients to other nodes; trying again");
        this.#isEmpty = false;
      });
    });
  }
}
