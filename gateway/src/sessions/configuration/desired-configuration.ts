import type { ConfigurationSet, RecordedEvent } from "@fleetlog/domain";
import { desiredConfiguration, type Views } from "@fleetlog/fleet";
import type { EventLog } from "@fleetlog/log";
import type { ConfigurationMessage } from "@fleetlog/protocol";
import type { Logger } from "pino";
import type { DeviceConnection } from "../connection.ts";
import { persist } from "../persist.ts";

export interface DesiredConfigurationOptions {
  readonly device: string;
  readonly log: EventLog;
  readonly views: Views;
  readonly connection: DeviceConnection;
  readonly logger: Logger;
}

/** Delivers only the newest revision, one at a time, to a device that has subscribed. */
export class DesiredConfiguration {
  readonly #options: DesiredConfigurationOptions;
  #newest: ConfigurationMessage | undefined;
  #delivered = 0;
  #again = false;
  #loaded = false;
  #loading = false;
  #delivering = false;
  #closed = false;

  constructor(options: DesiredConfigurationOptions) {
    this.#options = options;
  }

  get revision(): number {
    return this.#newest?.revision ?? 0;
  }

  subscribed(): void {
    this.#again = true;
    if (this.#loaded) this.offer();
    else if (!this.#loading) void this.#load();
  }

  apply({ data }: RecordedEvent<ConfigurationSet>): void {
    this.#take(data);
    this.offer();
  }

  offer(): void {
    if (this.#loaded && !this.#delivering && !this.#closed) void this.#deliver();
  }

  close(): void {
    this.#closed = true;
    this.#newest = undefined;
  }

  async #load(): Promise<void> {
    this.#loading = true;
    const { device, logger } = this.#options;
    await persist(
      async () => {
        const found = await desiredConfiguration(this.#options, device);
        if (found !== undefined) this.#take(found);
      },
      () => this.#closed,
      (err, waitMs) => logger.warn({ err, waitMs }, "could not load the desired configuration; trying again"),
    );
    this.#loaded = true;
    this.offer();
  }

  #take({ revision, values }: ConfigurationMessage): void {
    if (!this.#closed && revision > this.revision) this.#newest = { revision, values };
  }

  async #deliver(): Promise<void> {
    this.#delivering = true;
    for (let message = this.#due(); message !== undefined; message = this.#due()) {
      const again = this.#again;
      this.#again = false;
      if (await this.#options.connection.configure(message)) this.#delivered = message.revision;
      else {
        this.#again ||= again;
        break;
      }
    }
    this.#delivering = false;
  }

  #due(): ConfigurationMessage | undefined {
    const newest = this.#newest;
    return newest !== undefined && (this.#again || newest.revision > this.#delivered) ? newest : undefined;
  }
}
