import { randomUUID } from "node:crypto";
import { setImmediate } from "node:timers/promises";
import { type FleetEvent, type RecordedEvent, toEvent } from "@fleetlog/domain";
import type { Backbone } from "../backbone.ts";
import type { ReadQuery } from "../log.ts";

/** One empty log, and what an adapter's test can do to it. */
export interface ContractHarness {
  /** A process of its own on that log; the harness closes it. */
  connect(options?: { readonly window?: { readonly events: number; readonly bytes: number } }): Promise<Backbone>;
  /** Nobody reaches the log from now on. */
  away(): Promise<void>;
  back(): Promise<void>;
  /** FLEET has no room for any event from now on. */
  full(): Promise<void>;
  room(): Promise<void>;
  /** Stores what is no event of Fleetlog's, past the adapter. */
  storeForeign(subject: string, payload: string): Promise<void>;
  close(): Promise<void>;
}

export type OpenHarness = () => Promise<ContractHarness>;

/** An entity that no other test uses. */
export function unique(prefix = "device"): string {
  return `${prefix}-${randomUUID()}`;
}

/** A device's own event; kept in FLEET, category `event`. */
export function happened(device: string, value: unknown = 0, id: string = randomUUID()): FleetEvent {
  const body = { type: "DeviceEventReported", data: { name: "happened", data: { value } } } as const;
  return toEvent(body, { id, source: `/devices/${device}`, time: new Date().toISOString(), entity: device });
}

/** Kept in FLEET, category `device`. */
export function renamed(device: string, name: string): FleetEvent {
  const body = { type: "DeviceRenamed", data: { device, name, by: "test" } } as const;
  return toEvent(body, { id: randomUUID(), source: "/operators/test", time: new Date().toISOString(), entity: device });
}

/** Kept in FLEET, category `gateway`: of a gateway, whatever else has its name. */
export function stopped(gateway: string): FleetEvent {
  const body = { type: "GatewayStopped", data: { gateway, incarnation: "i" } } as const;
  return toEvent(body, { id: randomUUID(), source: "/tests", time: new Date().toISOString(), entity: gateway });
}

/** Kept in TELEMETRY. */
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

/** Resolves when the condition holds; the test's own time limit ends the wait. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await setImmediate();
}

/** Numbers from 0 to n - 1. */
export function upTo(n: number): number[] {
  return Array.from({ length: n }, (_, i) => i);
}
