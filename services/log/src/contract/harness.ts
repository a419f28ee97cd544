import { randomUUID } from "node:crypto";
import { setImmediate } from "node:timers/promises";
import { type FleetEvent, type RecordedEvent, toEvent } from "@fleetlog/domain";
import type { Backbone } from "../backbone.ts";
import type { ReadQuery } from "../log.ts";

/** An empty log, and the faults that an adapter's test can cause. */
export interface ContractHarness {
  /** A backbone on this log that acts as a separate process; the harness closes it. */
  connect(options?: { readonly window?: { readonly events: number; readonly bytes: number } }): Promise<Backbone>;
  /** From now on the log can't be reached. */
  away(): Promise<void>;
  back(): Promise<void>;
  /** From now on FLEET has no space for any event. */
  full(): Promise<void>;
  room(): Promise<void>;
  /** Stores something that is not a Fleetlog event, bypassing the adapter. */
  storeForeign(subject: string, payload: string): Promise<void>;
  close(): Promise<void>;
}

export type OpenHarness = () => Promise<ContractHarness>;

/** The name of an entity that no other test uses. */
export function unique(prefix = "device"): string {
  return `${prefix}-${randomUUID()}`;
}

/** A device's own event: stored in FLEET, category `event`. */
export function happened(device: string, value: unknown = 0, id: string = randomUUID()): FleetEvent {
  const body = { type: "DeviceEventReported", data: { name: "happened", data: { value } } } as const;
  return toEvent(body, { id, source: `/devices/${device}`, time: new Date().toISOString(), entity: device });
}

/** Stored in FLEET, category `device`. */
export function renamed(device: string, name: string): FleetEvent {
  const body = { type: "DeviceRenamed", data: { device, name, by: "test" } } as const;
  return toEvent(body, { id: randomUUID(), source: "/operators/test", time: new Date().toISOString(), entity: device });
}

/** Stored in FLEET, category `gateway`; its entity may be the name of a device too. */
export function stopped(gateway: string): FleetEvent {
  const body = { type: "GatewayStopped", data: { gateway, incarnation: "i" } } as const;
  return toEvent(body, { id: randomUUID(), source: "/tests", time: new Date().toISOString(), entity: gateway });
}

/** Stored in TELEMETRY. */
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

/** Resolves when the condition is true; the test's time limit ends the wait otherwise. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await setImmediate();
}

/** Numbers from 0 to n - 1. */
export function upTo(n: number): number[] {
  return Array.from({ length: n }, (_, i) => i);
}
