import type { Outgoing, Refusal } from "../transport/transport.ts";

export interface Delivery {
  readonly message: Outgoing;
  /** Approximate, on the wire. */
  readonly bytes: number;
  acknowledged(): void;
  /** Refused for good. */
  refused(refusal: Refusal): void;
  /** Lost, or refused for now: the message must be sent again unchanged. */
  retry(): void;
}

export interface MessageSource {
  readonly share: "whole" | "half";
  /** A message is returned again only after its `retry`. */
  take(): Delivery | undefined;
  /** For a new connection, after `retry` of every delivery in flight. */
  reconnected?(): void;
  /** Nothing to send, now or later, and nothing in flight. */
  readonly empty: boolean;
}
