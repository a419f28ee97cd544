import { randomUUID } from "node:crypto";
import type { EventFrame } from "@fleetlog/domain";

/** Frames of the events that this node learns of. */
export function frameBy(source: string, gateway: string, clock: () => number) {
  return (entity: string, more: Partial<EventFrame> = {}): EventFrame => ({
    id: randomUUID(),
    source,
    time: new Date(clock()).toISOString(),
    gateway,
    entity,
    ...more,
  });
}

export type Frame = ReturnType<typeof frameBy>;
