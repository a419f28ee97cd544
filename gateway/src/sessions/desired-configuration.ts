import type { ConfigurationSet, RecordedEvent } from "@fleetlog/domain";
import { desiredConfiguration, type Views } from "@fleetlog/fleet";
import type { EventLog } from "@fleetlog/log";
import type { ConfigurationMessage } from "@fleetlog/protocol";
import type { Logger } from "pino";
import type { DeviceConnection } from "./connection.ts";
import { persist } from "./persist.ts";

export interface DesiredConfigurationOptions {
  readonly device: string;
  readonly log: EventLog;
  readonly views: Views;
  readonly connection: DeviceConnection;
  readonly logger: Logger;
}

/**
 * Delivers the desired configuration to a device that has subscribed to it. Only the newest revision is sent, one at a
 * time, and never an older one after a newer one.
 */
export class DesiredConfiguration {
  readonly #options: DesiredConfigurationOptions;
  #newest: ConfigurationMessage | undefined;
  /** The newest revision that the device has received in this session. */
  #delivered = 0;
  /** Deliver the newest revision even if the device has received it. */
  #again = false;
  #loaded = false;
  #loading = false;
  #delivering = false;
  #closed = false;

  constructor(options: DesiredConfigurationOptions) {
    this.#options = options;
  }

  /** The newest revision that is known here. */
  get revision(): number {
    return this.#newest?.revision ?? 0;
  }

  /** The device has subscribed, or has come back with a subscription. */
  subscribed(): void {
    this.#again = true;
    if (this.#loaded) this.offer();
    else if (!this.#loading) void this.#load();
  }

  /** A new desired configuration, read from the log. */
  apply({ data }: RecordedEvent<ConfigurationSet>): void {
    this.#take(data);
    this.offer();
  }

  /** Delivers what is due, if the connection can take it. */
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
