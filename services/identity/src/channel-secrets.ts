import { type ChannelSettings, encodeToken } from "@fleetlog/domain";
import { type Bucket, type Buckets, openOnUse, SHARED_BUCKETS } from "@fleetlog/log";
import { checker } from "@fleetlog/protocol";
import Type from "typebox";
import type { Sealer } from "./installation/sealer.ts";

const checkEntry = checker(Type.Object({ sealed: Type.String() }));

/** A message that waits to be delivered. */
export interface ChannelMessage {
  /** Default: the channel's own recipients. */
  readonly to?: readonly string[];
  readonly subject?: string;
  readonly text: string;
}

/** Sealed settings of channels, and sealed messages. Calls reject with `log-unavailable` while the store is away. */
export class ChannelSecrets {
  readonly #settings: () => Promise<Bucket>;
  readonly #messages: () => Promise<Bucket>;
  readonly #sealer: Pick<Sealer, "seal" | "open">;

  constructor(buckets: Buckets, sealer: Pick<Sealer, "seal" | "open">) {
    this.#settings = openOnUse(buckets, "channels", SHARED_BUCKETS.channels);
    this.#messages = openOnUse(buckets, "deliveries", SHARED_BUCKETS.deliveries);
    this.#sealer = sealer;
  }

  /** @param channel the entity of its events */
  async settings(channel: string, id: string): Promise<ChannelSettings | undefined> {
    return this.#open<ChannelSettings>(this.#settings, "channel", keyOf(channel, id));
  }

  async keepSettings(channel: string, id: string, settings: ChannelSettings): Promise<void> {
    await this.#keep(this.#settings, "channel", keyOf(channel, id), settings);
  }

  async forgetSettings(channel: string, id: string): Promise<void> {
    await (await this.#settings()).delete(keyOf(channel, id));
  }

  async message(delivery: string): Promise<ChannelMessage | undefined> {
    return this.#open<ChannelMessage>(this.#messages, "delivery", encodeToken(delivery));
  }

  async keepMessage(delivery: string, message: ChannelMessage): Promise<void> {
    await this.#keep(this.#messages, "delivery", encodeToken(delivery), message);
  }

  async forgetMessage(delivery: string): Promise<void> {
    await (await this.#messages()).delete(encodeToken(delivery));
  }

  async #keep(bucket: () => Promise<Bucket>, purpose: string, record: string, value: unknown): Promise<void> {
    const sealed = this.#sealer.seal({ purpose, record }, JSON.stringify(value));
    await (await bucket()).put(record, { sealed });
  }

  async #open<T>(bucket: () => Promise<Bucket>, purpose: string, record: string): Promise<T | undefined> {
    const checked = checkEntry((await (await bucket()).get(record))?.value);
    return checked.ok ? (JSON.parse(this.#sealer.open({ purpose, record }, checked.value.sealed)) as T) : undefined;
  }
}

function keyOf(channel: string, id: string): string {
  return `${encodeToken(channel)}.${encodeToken(id)}`;
}
