import { setTimeout as delay } from "node:timers/promises";
import type { RunningGateway } from "../stack.ts";
import type { DialectConnection, DialectDevice } from "./device.ts";

const EVERY_MS = 20;

/** Keeps a device connected, and answers each of its commands. */
export class KeptDevice {
  readonly #device: DialectDevice;
  readonly #gateway: RunningGateway;
  readonly #connections: DialectConnection[] = [];
  readonly #running: Promise<void>;
  #stopped = false;

  constructor(device: DialectDevice, gateway: RunningGateway, connection?: DialectConnection) {
    this.#device = device;
    this.#gateway = gateway;
    this.#running = this.#run(connection);
  }

  /** Numbers of all commands that came over the given connection and later ones, in order. */
  get received(): readonly number[] {
    return this.#connections.flatMap(({ received }) => received);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#running;
  }

  async #run(first: DialectConnection | undefined): Promise<void> {
    let next = first;
    while (!this.#stopped) {
      // Tries again after a refusal.
      const connection = next ?? (await this.#device.connect(this.#gateway).catch(() => undefined));
      next = undefined;
      if (connection === undefined) await delay(EVERY_MS);
      else await this.#serve(connection);
    }
  }

  async #serve(connection: DialectConnection): Promise<void> {
    this.#connections.push(connection);
    let ended = false;
    void connection.closed.then(() => {
      ended = true;
    });
    while (!ended && !this.#stopped) {
      if (connection.received.length > connection.answered) await connection.answer();
      else await delay(EVERY_MS);
    }
    if (!ended) await connection.close();
  }
}
