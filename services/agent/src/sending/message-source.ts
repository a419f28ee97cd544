import type { Outgoing, Refusal } from "../transport/transport.ts";

export interface Delivery {
  readonly message: Outgoing;
  /** The approximate size on the wire. */
  readonly bytes: number;
  acknowledged(): void;
  /** The message was refused for good. */
  refused(refusal: Refusal): void;
  /** The message was lost, or refused for now. It must be sent again, a report unchanged. */
  retry(): void;
}

export interface MessageSource {
  /** How much of the window its messages may fill. */
  readonly share: "whole" | "half";
  /** A message is returned again only after its `retry`. */
  take(): Delivery | undefined;
  /** Called for a new connection, after `retry` of every delivery in flight. */
  reconnected?(): void;
  /** True if there is nothing to send, now or later, and nothing in flight. */
  readonly empty: boolean;
}
