import { type Category, type StreamName, subjectOf } from "./subjects.ts";

/** Type and data of any event. Each aggregate narrows this type to its own event types. */
export interface AnyBody {
  readonly type: string;
  readonly data: unknown;
}

/** CloudEvents extension attributes that Fleetlog uses (CloudEvents 1.0, 2.1: lower-case names). */
export interface EventContext {
  /** The node that recorded the event. */
  readonly gateway?: string;
  readonly site?: string;
  /** The account of the device when this was recorded; events that name none are of `main`. */
  readonly account?: string;
  /** Shared by all events that one request caused, from the HTTP call to the device's answer. */
  readonly correlationid?: string;
  /** The id of the event that caused this event; absent if an operator, a device or a process caused it directly. */
  readonly causationid?: string;
  /** W3C trace context. */
  readonly traceparent?: string;
  /** Address of the person who called, sealed with the person's key (see `SealedText`). */
  readonly address?: string;
  /** When it happened by the device's clock (RFC 3339); `time` is when the gateway received it. */
  readonly devicetime?: string;
}

/** A CloudEvents 1.0 event in JSON format, as it is stored in the log. */
export type Envelope<B extends AnyBody> = B extends AnyBody
  ? EventContext & {
      readonly specversion: "1.0";
      /** Also the log's message id: two appends with the same id are stored as one event. */
      readonly id: string;
      /** URI reference of the author: `/devices/<id>`, `/operators/<id>`, `/gateways/<name>`, `/reactors/<name>`. */
      readonly source: string;
      readonly type: B["type"];
      /** The log subject, `fleet.<category>.<entity>`. */
      readonly subject: string;
      /** RFC 3339 in UTC. */
      readonly time: string;
      readonly data: B["data"];
    }
  : never;

/** An event with its place in the log. `seq` counts from 1 within its stream. */
export type Recorded<B extends AnyBody> = Envelope<B> & {
  readonly seq: number;
  readonly stream: StreamName;
};

export interface EventFrame extends EventContext {
  readonly id: string;
  readonly source: string;
  readonly time: string;
  /** Whose history the event belongs to: a device id, or a gateway's name in category `gateway`. */
  readonly entity: string;
}

/** Wraps a body as the CloudEvent that is stored in a category. */
export function envelopeOf<B extends AnyBody>(category: Category, body: B, frame: EventFrame): Envelope<B> {
  const { entity, id, source, time, ...context } = frame;
  return {
    specversion: "1.0",
    id,
    source,
    type: body.type,
    subject: subjectOf(category, entity),
    time,
    ...context,
    data: body.data,
  } as unknown as Envelope<B>;
}

/** What an event passes on to the events that it causes: its own id as their cause, and its correlation id. */
export type Causation = Pick<EventContext, "causationid" | "correlationid">;

export function causedBy({ id, correlationid }: Pick<Envelope<AnyBody>, "id" | "correlationid">): Causation {
  return { causationid: id, ...(correlationid !== undefined && { correlationid }) };
}

declare const BODY: unique symbol;

/**
 * The event types of an aggregate, each with the category in which it is stored. The TypeScript type also carries the
 * bodies of the event types.
 */
export type EventTypes<B extends AnyBody> = { readonly [T in B["type"]]: Category } & { readonly [BODY]?: B };

/** Whether an event has one of the types of an aggregate. */
export function isEventOf<B extends AnyBody, E extends AnyBody>(types: EventTypes<B>, event: E): event is E & B {
  return Object.hasOwn(types, event.type);
}

/** The bodies of an aggregate's event types. */
export type BodyIn<T extends EventTypes<AnyBody>> = NonNullable<T[typeof BODY]>;
