import { type Category, type StreamName, subjectOf } from "./subjects.ts";

export interface AnyBody {
  readonly type: string;
  readonly data: unknown;
}

/** The extension attributes of Fleetlog, in lower case as CloudEvents 1.0 (2.1) requires. */
export interface EventContext {
  readonly gateway?: string;
  readonly site?: string;
  /** The device's account at this time; absent for `main`. */
  readonly account?: string;
  /** All events of one request share this id, up to the device's answer. */
  readonly correlationid?: string;
  /** The id of the event that caused this event. */
  readonly causationid?: string;
  readonly traceparent?: string;
  /** The caller's address, sealed with the person's key (`SealedText`). */
  readonly address?: string;
  /** The device's time in RFC 3339. `time` is the gateway's time of receipt. */
  readonly devicetime?: string;
}

/** A CloudEvents 1.0 event in JSON format. */
export type Envelope<B extends AnyBody> = B extends AnyBody
  ? EventContext & {
      readonly specversion: "1.0";
      /** The id is also the log's message id: the log stores an id once. */
      readonly id: string;
      /** The author: `/devices/<id>`, `/operators/<id>`, `/gateways/<name>`, `/reactors/<name>`. */
      readonly source: string;
      readonly type: B["type"];
      /** `fleet.<category>.<entity>`. */
      readonly subject: string;
      /** RFC 3339 in UTC. */
      readonly time: string;
      readonly data: B["data"];
    }
  : never;

/** `seq` counts from 1 within its stream. */
export type Recorded<B extends AnyBody> = Envelope<B> & {
  readonly seq: number;
  readonly stream: StreamName;
};

export interface EventFrame extends EventContext {
  readonly id: string;
  readonly source: string;
  readonly time: string;
  /** The id of a device or, in category `gateway`, the name of a gateway. */
  readonly entity: string;
}

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

/** The id of the causing event, and the correlation id. */
export type Causation = Pick<EventContext, "causationid" | "correlationid">;

export function causedBy({ id, correlationid }: Pick<Envelope<AnyBody>, "id" | "correlationid">): Causation {
  return { causationid: id, ...(correlationid !== undefined && { correlationid }) };
}

declare const BODY: unique symbol;

/** The category of each event type of an aggregate. The bodies are only in the TypeScript type. */
export type EventTypes<B extends AnyBody> = { readonly [T in B["type"]]: Category } & { readonly [BODY]?: B };

export function isEventOf<B extends AnyBody, E extends AnyBody>(types: EventTypes<B>, event: E): event is E & B {
  return Object.hasOwn(types, event.type);
}

export type BodyIn<T extends EventTypes<AnyBody>> = NonNullable<T[typeof BODY]>;
