import type { Outgoing, Refusal } from "../transport/transport.ts";

/** A message together with what to do when its fate is known. Exactly one of the three is called. */
export interface Parcel {
  readonly message: Outgoing;
  /** About as many as it takes on the wire. */
  readonly bytes: number;
  acknowledged(): void;
  /** It will never be taken. */
  refused(refusal: Refusal): void;
  /** Nobody knows whether it arrived, or the gateway can't take it now: it must be offered again, as it was. */
  unsettled(): void;
}

/** Something that has messages to send. */
export interface Source {
  /** Of those in flight, how many may be this source's: the whole window, or half of it so that others get through. */
  readonly share: "whole" | "half";
  /** The next message; undefined if there is none now. What was taken is not offered again until it is unsettled. */
  take(): Parcel | undefined;
  /** A new connection: everything that is not settled has been unsettled before. */
  reconnected?(): void;
  /** Whether anything waits, now or later, or is in flight. */
  readonly empty: boolean;
}
