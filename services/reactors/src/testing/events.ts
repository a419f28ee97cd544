import {
  accountEvents,
  apiKeyEvents,
  artifactEntity,
  artifactEvents,
  authorityEntity,
  type BodyOf,
  CATEGORY_OF,
  channelEvents,
  claimCodeEvents,
  customerAuthorityEvents,
  deliveryEvents,
  deviceTypeEvents,
  type EventBody,
  type EventType,
  enrolmentGroupEvents,
  entityOfRefusal,
  type FleetEvent,
  gatewayEvents,
  groupEvents,
  importEvents,
  isEventOf,
  personEvents,
  provisioningEvents,
  type RecordedEvent,
  refusalEvents,
  reportEvents,
  streamOf,
  toEvent,
} from "@fleetlog/domain";

export const T0 = Date.parse("2030-01-01T00:00:00Z");

export interface Wrapping {
  readonly entity?: string;
  /** Milliseconds since the epoch. */
  readonly at?: number;
  readonly id?: string;
}

let made = 0;

export function eventOf<T extends EventType>(type: T, data: BodyOf<T>["data"], wrapping: Wrapping = {}): FleetEvent {
  const body = { type, data } as unknown as BodyOf<T>;
  return toEvent(body, {
    id: wrapping.id ?? `e${++made}`,
    source: "/test",
    time: new Date(wrapping.at ?? T0).toISOString(),
    entity: wrapping.entity ?? entityOf(body),
  }) as FleetEvent;
}

/** Reports of devices don't name their device, so tests use `d1`. */
function entityOf(body: EventBody): string {
  if (isEventOf(reportEvents, body)) return "d1";
  if (isEventOf(refusalEvents, body)) return entityOfRefusal(body);
  if (isEventOf(accountEvents, body)) return body.data.account;
  if (isEventOf(customerAuthorityEvents, body)) return authorityEntity(body.data.authority);
  if (isEventOf(deviceTypeEvents, body) || isEventOf(groupEvents, body)) return body.data.name;
  if (isEventOf(artifactEvents, body)) return artifactEntity(body.data);
  if (isEventOf(personEvents, body)) return body.data.person;
  if (isEventOf(apiKeyEvents, body)) return body.data.key;
  if (isEventOf(provisioningEvents, body)) return body.data.request;
  if (isEventOf(importEvents, body)) return body.data.import;
  if (isEventOf(enrolmentGroupEvents, body)) return body.data.group;
  if (isEventOf(claimCodeEvents, body)) return body.data.code;
  if (isEventOf(channelEvents, body)) return body.data.name;
  if (isEventOf(deliveryEvents, body)) return body.data.delivery;
  return isEventOf(gatewayEvents, body) ? body.data.gateway : body.data.device;
}

export function recorded<T extends EventType>(
  seq: number,
  type: T,
  data: BodyOf<T>["data"],
  wrapping?: Wrapping,
): RecordedEvent {
  return { ...eventOf(type, data, wrapping), seq, stream: streamOf(CATEGORY_OF[type]) } as RecordedEvent;
}
