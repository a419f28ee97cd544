import type { Outgoing, Refusal } from "../transport/transport.ts";

export interface Delivery {
  readonly message: Outgoing;
  /** The approximate size on the wire. */
  readonly bytes: number;
  acknowledged(): void;
  /** The message was refused for good. */
  refused(refusal: Refusal): void;
  /** The message was lost, or refused for now. It must be sent again; a report must stay the same. */
  retry(): void;
}

export interface MessageSource {
  /** The part of the window that messages of this source may fill. */
  readonly share: "whole" | "half";
  /** A message is returned again only after its `retry`. */
  take(): Delivery | undefined;
  /** Called for a new connection, after `retry` of every delivery in flight. */
  reconnected?(): void;
  /** True if there is nothing to send, now or later, and nothing in flight. */
  readonly empty: boolean;
}
