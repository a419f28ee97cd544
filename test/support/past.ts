import { type EventBody, type FleetEvent, toEvent } from "@fleetlog/domain";
import { connectBackbone, declareStreams } from "@fleetlog/log";
import type { TestNats } from "./nats.ts";

/** A device that registered in the past and is not connected now. */
export interface PastDevice {
  readonly device: string;
  readonly name: string;
  readonly tags: readonly string[];
  readonly profile?: Readonly<Record<string, string>>;
  readonly registeredHoursAgo: number;
  /** Hours ago at which each session began and ended; empty: never connected. */
  readonly sessions: readonly (readonly [from: number, to: number])[];
}

const HOUR_MS = 3_600_000;
const limits = { maxBytes: 1024 ** 3, replicas: 1 };

export async function writePast({ url }: TestNats, devices: readonly PastDevice[]): Promise<void> {
  const streams = declareStreams({ FLEET: limits, TELEMETRY: limits });
  const { log, close } = await connectBackbone({ url, name: "past", streams });
  const append = async (device: string, hoursAgo: number, body: EventBody): Promise<number> => {
    const time = new Date(Date.now() - hoursAgo * HOUR_MS).toISOString();
    const frame = { id: crypto.randomUUID(), source: `/devices/${device}`, time, entity: device };
    return (await log.append(toEvent(body, frame) as FleetEvent)).seq;
  };
  for (const { device, name, tags, profile, registeredHoursAgo, sessions } of devices) {
    const registered = { device, name, tags: [...tags], by: "admin" };
    await append(device, registeredHoursAgo, { type: "DeviceRegistered", data: registered });
    for (const [from, to] of sessions) {
      const at = { device, gateway: "gateway-1", incarnation: "past" };
      const connection = { protocol: "mqtt", version: "MQTT 5", address: "10.20.0.17:51820" } as const;
      const epoch = await append(device, from, { type: "SessionOpened", data: { ...at, ...connection } });
      if (profile) await append(device, from, { type: "DeviceProfileReported", data: { device, profile } });
      await append(device, to, { type: "SessionClosed", data: { device, epoch, reason: "timeout" } });
    }
  }
  await close();
}
