import type { Outgoing, Refusal } from "../transport/transport.ts";

/** A message to send, and callbacks for its outcome. Exactly one of the callbacks is called. */
export interface Delivery {
  readonly message: Outgoing;
  /** Approximate size on the wire. */
  readonly bytes: number;
  acknowledged(): void;
  /** The gateway refused the message for good. */
  refused(refusal: Refusal): void;
  /** The message may not have arrived, or the gateway refused it for now: it must be sent again unchanged. */
  retry(): void;
}

/** Something that has messages to send. */
export interface MessageSource {
  /** How much of the window this source may use: all, or half so that other sources are not blocked. */
  readonly share: "whole" | "half";
  /**
   * The next message; undefined if there is none now. The message is returned again only after its `retry` was called.
   */
  take(): Delivery | undefined;
  /** Called for a new connection, after `retry` of every delivery that was in flight. */
  reconnected?(): void;
  /** Whether the source has nothing to send, now or later, and nothing in flight. */
  readonly empty: boolean;
}
