import { randomUUID } from "node:crypto";
import type { EventFrame } from "@fleetlog/domain";

/** Frames of the events that this node learns of. */
export function frameBy(source: string, gateway: string, clock: () => number) {
  return (entity: string, more: Partial<EventFrame> = {}): EventFrame => ({
    source,
    time: new Date(clock()).toISOString(),
    gateway,
    entity,
    ...more,
    // Made only where none is given: at tens of thousands of events a second it would be seen.
    id: more.id ?? randomUUID(),
  });
}

export type Frame = ReturnType<typeof frameBy>;
