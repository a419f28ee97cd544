import type { Kind } from "../kind.ts";
import { locationOf, nameIn } from "../location.ts";
import { seedOf } from "../random.ts";

/** The device at an index is the same in fleets of every size. */
export interface PlannedDevice {
  readonly id: string;
  readonly name: string;
  readonly tags: readonly string[];
  readonly kind: Kind;
  readonly nth: number;
  readonly protocol: "websocket" | "mqtt";
  readonly mqttVersion: 4 | 5;
  readonly seed: number;
  readonly serial: string;
}

export function planFleet(size: number, kinds: readonly Kind[], seed: number): PlannedDevice[] {
  return Array.from({ length: size }, (_, index) => {
    const kind = kinds[index % kinds.length];
    if (kind === undefined) throw new RangeError("a fleet needs at least one kind of device");
    const nth = Math.floor(index / kinds.length) + 1;
    const id = `sim-${kind.name}-${String(nth).padStart(4, "0")}`;
    // Protocols alternate within a kind. Every second kind begins with the other protocol, to mix small fleets too.
    const turn = nth + (index % kinds.length);
    const protocol = turn % 2 === 0 ? "websocket" : "mqtt";
    return {
      id,
      name: nameIn(kind.locations, nth),
      tags: ["simulated", kind.name, protocol, ...locationOf(kind.locations, nth).tags],
      kind,
      nth,
      protocol,
      mqttVersion: turn % 4 === 1 ? 5 : 4,
      seed: seedOf(`${seed}/${id}`),
      serial: `SIM${seedOf(id).toString(16).toUpperCase().padStart(8, "0")}`,
    };
  });
}
