import { encodeToken } from "@fleetlog/domain";
import { type Buckets, openOnUse } from "@fleetlog/log";
import { checker } from "@fleetlog/protocol";
import Type, { type Static } from "typebox";
import { DailyCounts } from "./daily-counts.ts";
import type { Sealer } from "./installation/sealer.ts";

/** The bucket needs about 2 KiB for each device. */
const BUCKET = { maxBytes: 256 * 1024 ** 2, ttlMs: 86_400_000 };
/** Number of messages that are remembered for a device: more than a client of MQTT usually has on the way. */
const MAX_RECENT = 20;

const Entry = Type.Object({
  /** The newest last. */
  recent: Type.Array(
    Type.Object({
      packet: Type.Integer(),
      /** Keyed hash of the message. */
      hash: Type.String(),
      delivery: Type.String(),
    }),
  ),
});
type Recent = Static<typeof Entry>["recent"];
const checkEntry = checker(Entry);

/** Why a device may not send a message. */
export interface MessageLimit {
  /** Which limit is reached: the device's own, or that of all devices together. */
  readonly limit: "perDevice" | "perDay";
  /** The first refusal of the day by this limit. */
  readonly isFirst: boolean;
}

/** What MQTT says of a message of QoS 1 or 2. A message that is sent again has the same packet id. */
export interface NumberedPublication {
  readonly packetId: number;
  /** The client says that it may have sent this message before. */
  readonly isRepeated: boolean;
}

/**
 * The deliveries of messages that devices have sent lately, for all nodes. So a message that a device sends again is
 * delivered once. Calls reject with `log-unavailable` while the store is away.
 */
export class DeviceMessages {
  readonly #bucket: ReturnType<typeof openOnUse>;
  readonly #sealer: Pick<Sealer, "hash">;
  readonly #counts: DailyCounts;

  constructor(buckets: Buckets, sealer: Pick<Sealer, "hash">, clock: () => number = Date.now) {
    this.#bucket = openOnUse(buckets, "device-messages", BUCKET);
    this.#sealer = sealer;
    this.#counts = new DailyCounts(this.#bucket, clock);
  }

  /**
   * Counts a message that the device is about to send through a channel.
   * @param channel the entity of the channel's events
   * @returns undefined, or the limit that it has reached
   */
  async count(
    { device, channel }: { readonly device: string; readonly channel: string },
    limits: { readonly perDevice: number; readonly perDay: number },
  ): Promise<MessageLimit | undefined> {
    const [deviceKey, channelKey] = [encodeToken(device), encodeToken(channel)];
    const ofDevice = `device.${deviceKey}.${channelKey}`;
    const own = await this.#counts.add(ofDevice, limits.perDevice);
    if (own !== "counted") return { limit: "perDevice", isFirst: own === "first-refused" };
    const all = await this.#counts.add(`channel.${channelKey}`, limits.perDay);
    if (all === "counted") return undefined;
    await this.#counts.takeBack(ofDevice);
    return { limit: "perDay", isFirst: all === "first-refused" };
  }

  /** The delivery under which the message was first sent. If this is the first time, it is `newDelivery`. */
  async deliveryOf(
    device: string,
    { packetId, isRepeated }: NumberedPublication,
    content: string,
    newDelivery: string,
  ): Promise<string> {
    const bucket = await this.#bucket();
    const key = encodeToken(device);
    const hash = this.#sealer.hash("message of a device", JSON.stringify([device, content]));
    for (;;) {
      const found = await bucket.get(key);
      const checked = checkEntry(found?.value);
      const recent: Recent = checked.ok ? checked.value.recent : [];
      const earlier = recent.find((one) => one.packet === packetId && one.hash === hash);
      if (isRepeated && earlier !== undefined) return earlier.delivery;
      const others = recent.filter(({ packet }) => packet !== packetId);
      const entry = { recent: [...others, { packet: packetId, hash, delivery: newDelivery }].slice(-MAX_RECENT) };
      const stored =
        found === undefined ? await bucket.create(key, entry) : await bucket.update(key, entry, found.revision);
      if (stored !== undefined) return newDelivery;
    }
  }
}
