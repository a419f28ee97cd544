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
  /** A last session, which ended with its gateway. */
  readonly lost?: { readonly gateway: string; readonly from: number; readonly to: number };
}

const HOUR_MS = 3_600_000;
const CONNECTION = { protocol: "mqtt", version: "MQTT 5", address: "10.20.0.17:51820" } as const;
const limits = { maxBytes: 1024 ** 3, replicas: 1 };

export async function writePast({ url }: TestNats, devices: readonly PastDevice[]): Promise<void> {
  const streams = declareStreams({ FLEET: limits, TELEMETRY: limits });
  const { log, close } = await connectBackbone({ url, name: "past", streams });
  const append = async (entity: string, hoursAgo: number, body: EventBody): Promise<number> => {
    const time = new Date(Date.now() - hoursAgo * HOUR_MS).toISOString();
    const frame = {
      id: crypto.randomUUID(),
      source: body.type === "GatewayLost" ? "/reactors/leases" : `/devices/${entity}`,
      time,
      entity,
    };
    return (await log.append(toEvent(body, frame) as FleetEvent)).seq;
  };
  for (const { device, name, tags, profile, registeredHoursAgo, sessions, lost } of devices) {
    const registered = { device, name, tags: [...tags], by: "admin" };
    await append(device, registeredHoursAgo, { type: "DeviceRegistered", data: registered });
    for (const [from, to] of sessions) {
      const at = { device, gateway: "gateway-1", incarnation: "past" };
      const epoch = await append(device, from, { type: "SessionOpened", data: { ...at, ...CONNECTION } });
      if (profile) await append(device, from, { type: "DeviceProfileReported", data: { device, profile } });
      await append(device, to, { type: "SessionClosed", data: { device, epoch, reason: "timeout" } });
    }
    if (lost === undefined) continue;
    const at = { gateway: lost.gateway, incarnation: "past" };
    await append(device, lost.from, { type: "SessionOpened", data: { device, ...at, ...CONNECTION } });
    await append(lost.gateway, lost.to, { type: "GatewayLost", data: { ...at, leaseTtlMs: 10_000 } });
  }
  await close();
}
