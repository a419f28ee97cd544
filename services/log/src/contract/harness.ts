import { randomUUID } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { type FleetEvent, type RecordedEvent, toEvent } from "@fleetlog/domain";
import type { Backbone } from "../backbone.ts";
import type { ReadQuery } from "../log.ts";

export interface ContractHarness {
  /** Opens a backbone that acts as a separate process. The harness closes it. */
  connect(options?: { readonly window?: { readonly events: number; readonly bytes: number } }): Promise<Backbone>;
  away(): Promise<void>;
  back(): Promise<void>;
  full(): Promise<void>;
  room(): Promise<void>;
  /** Stores an entry that is not a Fleetlog event, and bypasses the adapter. */
  storeForeign(subject: string, payload: string): Promise<void>;
  close(): Promise<void>;
}

export type OpenHarness = () => Promise<ContractHarness>;

export function unique(prefix = "device"): string {
  return `${prefix}-${randomUUID()}`;
}

export function happened(device: string, value: unknown = 0, id: string = randomUUID()): FleetEvent {
  const body = { type: "DeviceEventReported", data: { name: "happened", data: { value } } } as const;
  return toEvent(body, { id, source: `/devices/${device}`, time: new Date().toISOString(), entity: device });
}

export function renamed(device: string, name: string): FleetEvent {
  const body = { type: "DeviceRenamed", data: { device, name, by: "test" } } as const;
  return toEvent(body, { id: randomUUID(), source: "/operators/test", time: new Date().toISOString(), entity: device });
}

/** The stop of a gateway, whose name may also be the id of a device. */
export function stopped(gateway: string): FleetEvent {
  const body = { type: "GatewayStopped", data: { gateway, incarnation: "i" } } as const;
  return toEvent(body, { id: randomUUID(), source: "/tests", time: new Date().toISOString(), entity: gateway });
}

export function measured(device: string, value: number, id: string = randomUUID()): FleetEvent {
  const body = { type: "TelemetryReported", data: { data: { value } } } as const;
  return toEvent(body, { id, source: `/devices/${device}`, time: new Date().toISOString(), entity: device });
}

export function reportedValue(event: RecordedEvent): unknown {
  return (event.data as { data: { value: unknown } }).data.value;
}

export async function collect(backbone: Backbone, query: ReadQuery): Promise<RecordedEvent[]> {
  const events: RecordedEvent[] = [];
  for await (const event of backbone.log.read(query)) events.push(event);
  return events;
}

export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await pause(2);
}

export function upTo(n: number): number[] {
  return Array.from({ length: n }, (_, i) => i);
}
