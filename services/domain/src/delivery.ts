import type { FeedStream } from "./channel.ts";
import type { Decider } from "./decider.ts";
import type { EventTypes, Recorded } from "./envelope.ts";

interface About {
  readonly delivery: string;
  /** Name of a channel in the event's account. */
  readonly channel: string;
  readonly by: string;
}

/** The part of a feed that one delivery sends. */
export interface DeliveredEvents {
  readonly stream: FeedStream;
  readonly from: number;
  readonly through: number;
  readonly count: number;
}

interface Tried extends About {
  /** Counts from 1. */
  readonly attempt: number;
  /**
   * The events that a feed's delivery sends. They are named here because such a delivery has no DeliveryRequested. Absent
   * for messages.
   */
  readonly events?: DeliveredEvents;
}

// Events

/** A message was given to a channel. Its text and recipient are never in the log. */
export interface DeliveryRequested {
  readonly type: "DeliveryRequested";
  readonly data: About & {
    readonly purpose: "message" | "test";
    /** The device that sent the message. */
    readonly device?: string;
  };
}
/** A try failed, and there will be another one. */
export interface DeliveryFailed {
  readonly type: "DeliveryFailed";
  readonly data: Tried & { readonly reason: string };
}
export interface DeliverySent {
  readonly type: "DeliverySent";
  readonly data: Tried;
}
export interface DeliveryGivenUp {
  readonly type: "DeliveryGivenUp";
  readonly data: Tried & { readonly reason: string };
}
/**
 * A device's message is not sent, because the device, or all devices together, have sent as many as the channel allows
 * in a day. Recorded once a day for each device over its limit, and once a day for the channel. The device's history
 * counts the other refused messages.
 */
export interface DeliveryRefused {
  readonly type: "DeliveryRefused";
  readonly data: About & { readonly device: string; readonly reason: string };
}
export type DeliveryEvent = DeliveryRequested | DeliveryFailed | DeliverySent | DeliveryGivenUp | DeliveryRefused;

export const deliveryEvents: EventTypes<DeliveryEvent> = {
  DeliveryRequested: "delivery",
  DeliveryFailed: "delivery",
  DeliverySent: "delivery",
  DeliveryGivenUp: "delivery",
  DeliveryRefused: "delivery",
};

// State

export interface Delivery {
  readonly id: string;
  readonly channel: string;
  readonly status: "waiting" | "sent" | "given-up" | "refused";
  readonly attempts: number;
  /** Why the last try failed, or why the message was refused. */
  readonly reason?: string;
  readonly purpose: "message" | "test" | "events";
  readonly device?: string;
  readonly events?: DeliveredEvents;
  readonly seq: number;
}

// Commands

export type DeliveryCommand =
  | ({ readonly type: "RequestDelivery" } & DeliveryRequested["data"])
  | ({ readonly type: "RefuseDelivery" } & DeliveryRefused["data"])
  | ({ readonly type: "RecordDeliveryFailed" } & DeliveryFailed["data"])
  | ({ readonly type: "RecordDeliverySent" } & DeliverySent["data"])
  | ({ readonly type: "GiveUpDelivery" } & DeliveryGivenUp["data"]);

// Decisions

/** A delivery that was sent, given up or refused stays so. */
export const deliveryDecider: Decider<Delivery | undefined, DeliveryCommand, DeliveryEvent> = {
  initial: undefined,

  decide(command, state) {
    const { type, ...data } = command;
    if (type === "RequestDelivery")
      return state === undefined ? [{ type: "DeliveryRequested", data: data as DeliveryRequested["data"] }] : [];
    if (type === "RefuseDelivery")
      return state === undefined ? [{ type: "DeliveryRefused", data: data as DeliveryRefused["data"] }] : [];
    const tried = data as DeliveryGivenUp["data"];
    if (state === undefined && tried.events === undefined) return [];
    if (state !== undefined && (state.status !== "waiting" || tried.attempt < state.attempts)) return [];
    if (type === "RecordDeliverySent") return [{ type: "DeliverySent", data: tried }];
    if (type === "GiveUpDelivery") return [{ type: "DeliveryGivenUp", data: tried }];
    return tried.attempt === state?.attempts ? [] : [{ type: "DeliveryFailed", data: tried }];
  },

  evolve(state, event: Recorded<DeliveryEvent>) {
    const { seq, type, data } = event;
    if (state !== undefined && seq <= state.seq) return state;
    switch (type) {
      case "DeliveryRequested": {
        if (state !== undefined) return state;
        const { delivery: id, channel, purpose, device } = data;
        return { id, channel, status: "waiting", attempts: 0, purpose, ...(device !== undefined && { device }), seq };
      }
      case "DeliveryRefused": {
        if (state !== undefined) return state;
        const { delivery: id, channel, device, reason } = data;
        return { id, channel, status: "refused", attempts: 0, reason, purpose: "message", device, seq };
      }
      case "DeliveryFailed":
      case "DeliverySent":
      case "DeliveryGivenUp": {
        const { reason: _, ...before } = state ?? begun(data);
        if (before.status !== "waiting") return state;
        const status = type === "DeliverySent" ? "sent" : type === "DeliveryGivenUp" ? "given-up" : "waiting";
        const failed = type === "DeliverySent" ? {} : { reason: data.reason };
        return { ...before, status, attempts: data.attempt, ...failed, seq };
      }
      default:
        return state;
    }
  },
};

/**
 * The state before the first try of a delivery whose request is missing: feeds make no requests, and the log may have
 * dropped the request.
 */
function begun({ delivery: id, channel, events }: Tried): Delivery {
  const what = events === undefined ? ({ purpose: "message" } as const) : ({ purpose: "events", events } as const);
  return { id, channel, status: "waiting", attempts: 0, ...what, seq: 0 };
}
