import type { CommandEvent } from "./command.ts";
import type { DeviceEvent } from "./device.ts";
import type { GatewayEvent } from "./gateway.ts";
import type { ReportEvent } from "./report.ts";
import type { SessionEvent } from "./session.ts";
import { type Category, subjectOf } from "./subjects.ts";

/** Every event that Fleetlog records: a discriminated union by `type`. */
export type EventBody = DeviceEvent | SessionEvent | CommandEvent | GatewayEvent | ReportEvent;
export type EventType = EventBody["type"];
export type BodyOf<T extends EventType> = Extract<EventBody, { type: T }>;
export type AnyEventBody = EventBody;

/** Where each type is kept. A new event type is a line here and its body in its aggregate's file. */
export const CATEGORY_OF = {
  DeviceRegistered: "device",
  DeviceRenamed: "device",
  DeviceNameRemoved: "device",
  DeviceTagged: "device",
  DeviceProfileReported: "device",
  DeviceTokenRotated: "device",
  DeviceRetired: "device",
  SessionOpened: "session",
  SessionClosed: "session",
  CommandIssued: "command",
  CommandDelivered: "command",
  CommandCompleted: "command",
  CommandFailed: "command",
  CommandExpired: "command",
  CommandCancelled: "command",
  GatewayStarted: "gateway",
  GatewayStopped: "gateway",
  GatewayLost: "gateway",
  DeviceEventReported: "event",
  TelemetryReported: "telemetry",
} as const satisfies Record<EventType, Category>;

/** CloudEvents extension attributes that Fleetlog uses (CloudEvents 1.0, 2.1: lower-case names). */
export interface EventContext {
  /** The node that learnt of it. */
  readonly gateway?: string;
  readonly site?: string;
  /** Ties together all that one request caused, from the HTTP call to the device's answer. */
  readonly correlationid?: string;
  /** The id of the event that this one follows from; none where an operator, a device or a process began something. */
  readonly causationid?: string;
  /** W3C trace context. */
  readonly traceparent?: string;
  /** When it happened by the device's clock (RFC 3339); `time` is when the gateway learnt of it. */
  readonly devicetime?: string;
}

/** A CloudEvents 1.0 event in JSON format, as it stands in the log. */
export type FleetEvent<B extends EventBody = EventBody> = B extends EventBody
  ? EventContext & {
      readonly specversion: "1.0";
      /** Also the log's message id: two appends with one id are one event. */
      readonly id: string;
      /** URI reference of who says so: `/devices/<id>`, `/operators/<id>`, `/gateways/<name>`, `/reactors/<name>`. */
      readonly source: string;
      readonly type: B["type"];
      /** The log subject, `fleet.<category>.<entity>`. */
      readonly subject: string;
      /** RFC 3339 in UTC. */
      readonly time: string;
      readonly data: B["data"];
    }
  : never;

/** What the events have in common that follow from an event: its id as their cause, and the request that began it all. */
export type Consequence = Pick<EventContext, "causationid" | "correlationid">;

export function consequenceOf({ id, correlationid }: Pick<FleetEvent, "id" | "correlationid">): Consequence {
  return { causationid: id, ...(correlationid !== undefined && { correlationid }) };
}

export type StreamName = "FLEET" | "TELEMETRY";

/** An event with its place in the log. `seq` counts from 1 within its stream. */
export type RecordedEvent<B extends EventBody = EventBody> = FleetEvent<B> & {
  readonly seq: number;
  readonly stream: StreamName;
};

export function streamOf(category: Category): StreamName {
  return category === "telemetry" ? "TELEMETRY" : "FLEET";
}

export interface EventFrame extends EventContext {
  readonly id: string;
  readonly source: string;
  readonly time: string;
  /** Whose history it belongs to: a device id, or a gateway's name in category `gateway`. */
  readonly entity: string;
}

/** Wraps a body as the CloudEvent that goes into the log. */
export function toEvent<B extends EventBody>(body: B, frame: EventFrame): FleetEvent<B> {
  const { entity, id, source, time, ...context } = frame;
  const subject = subjectOf(CATEGORY_OF[body.type], entity);
  return {
    specversion: "1.0",
    id,
    source,
    type: body.type,
    subject,
    time,
    ...context,
    data: body.data,
  } as unknown as FleetEvent<B>;
}
