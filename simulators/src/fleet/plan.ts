import type { Kind } from "../kind.ts";
import { nameIn, placeOf } from "../place.ts";
import { seedOf } from "../random.ts";

/** One device of a fleet: the same index gives the same device in every fleet, whatever its size. */
export interface Planned {
  readonly id: string;
  /** For people. */
  readonly name: string;
  readonly tags: readonly string[];
  readonly kind: Kind;
  /** Which of its kind, from 1. */
  readonly nth: number;
  readonly protocol: "websocket" | "mqtt";
  readonly mqttVersion: 4 | 5;
  readonly seed: number;
  readonly serial: string;
}

/** A fleet mixed over the kinds and, within each kind, over both protocols. */
export function planFleet(size: number, kinds: readonly Kind[], seed: number): Planned[] {
  return Array.from({ length: size }, (_, index) => {
    const kind = kinds[index % kinds.length];
    if (kind === undefined) throw new RangeError("a fleet needs at least one kind of device");
    const nth = Math.floor(index / kinds.length) + 1;
    const id = `sim-${kind.name}-${String(nth).padStart(4, "0")}`;
    // By turns within a kind, and the other way round for every other kind, so that small fleets are mixed too.
    const turn = nth + (index % kinds.length);
    const protocol = turn % 2 === 0 ? "websocket" : "mqtt";
    return {
      id,
      name: nameIn(kind.places, nth),
      tags: ["simulated", kind.name, protocol, ...placeOf(kind.places, nth).tags],
      kind,
      nth,
      protocol,
      mqttVersion: turn % 4 === 1 ? 5 : 4,
      seed: seedOf(`${seed}/${id}`),
      serial: `SIM${seedOf(id).toString(16).toUpperCase().padStart(8, "0")}`,
    };
  });
}
