import {
  type BodyOf,
  CATEGORY_OF,
  type EventType,
  type FleetEvent,
  type RecordedEvent,
  streamOf,
  toEvent,
} from "@fleetlog/domain";
import { entityOf } from "@fleetlog/domain/fixtures";

export const T0 = Date.parse("2030-01-01T00:00:00Z");

export interface Wrapping {
  readonly entity?: string;
  /** Milliseconds since the epoch. */
  readonly at?: number;
  readonly id?: string;
}

let made = 0;

export function eventOf<T extends EventType>(type: T, data: BodyOf<T>["data"], wrapping: Wrapping = {}): FleetEvent {
  const body = { type, data } as unknown as BodyOf<T>;
  return toEvent(body, {
    id: wrapping.id ?? `e${++made}`,
    source: "/test",
    time: new Date(wrapping.at ?? T0).toISOString(),
    entity: wrapping.entity ?? entityOf(body, "d1"),
  }) as FleetEvent;
}

export function recorded<T extends EventType>(
  seq: number,
  type: T,
  data: BodyOf<T>["data"],
  wrapping?: Wrapping,
): RecordedEvent {
  return { ...eventOf(type, data, wrapping), seq, stream: streamOf(CATEGORY_OF[type]) } as RecordedEvent;
}
