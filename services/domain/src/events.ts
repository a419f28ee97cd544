import { accountEvents } from "./account.ts";
import { apiKeyEvents } from "./api-key.ts";
import { artifactEvents } from "./artifact.ts";
import { catalogueEvents } from "./catalogue.ts";
import { channelEvents, channelTestEvents } from "./channel.ts";
import { claimCodeEvents } from "./claim-code.ts";
import { commandEvents } from "./command.ts";
import { configurationEvents } from "./configuration.ts";
import { customerAuthorityEvents } from "./customer-authority.ts";
import { deliveryEvents } from "./delivery.ts";
import { deviceEvents } from "./device.ts";
import { deviceTypeEvents } from "./device-type.ts";
import { enrolmentGroupEvents } from "./enrolment-group.ts";
import { type BodyIn, type Envelope, type EventFrame, envelopeOf, type Recorded } from "./envelope.ts";
import { gatewayEvents } from "./gateway.ts";
import { groupEvents } from "./group.ts";
import { importEvents } from "./import.ts";
import { installationAuthorityEvents } from "./installation-authority.ts";
import { personEvents } from "./person.ts";
import { provisioningEvents } from "./provisioning.ts";
import { refusalEvents } from "./refusal.ts";
import { reportEvents } from "./report.ts";
import { scanEvents } from "./scan.ts";
import { sessionEvents } from "./session.ts";
import { signInEvents } from "./sign-in.ts";
import type { Category } from "./subjects.ts";
import { updateEvents } from "./update.ts";

/** A new event type goes into its aggregate's file, a new aggregate here. */
export const AGGREGATES = [
  deviceEvents,
  sessionEvents,
  commandEvents,
  gatewayEvents,
  reportEvents,
  refusalEvents,
  signInEvents,
  accountEvents,
  deviceTypeEvents,
  groupEvents,
  configurationEvents,
  artifactEvents,
  personEvents,
  apiKeyEvents,
  provisioningEvents,
  importEvents,
  enrolmentGroupEvents,
  claimCodeEvents,
  customerAuthorityEvents,
  installationAuthorityEvents,
  channelEvents,
  channelTestEvents,
  deliveryEvents,
  catalogueEvents,
  scanEvents,
  updateEvents,
] as const;

/** All events: a discriminated union by `type`. */
export type EventBody = BodyIn<(typeof AGGREGATES)[number]>;
export type EventType = EventBody["type"];
export type BodyOf<T extends EventType> = Extract<EventBody, { type: T }>;

export const CATEGORY_OF = Object.assign({}, ...AGGREGATES) as Readonly<Record<EventType, Category>>;

export type FleetEvent<B extends EventBody = EventBody> = Envelope<B>;
export type RecordedEvent<B extends EventBody = EventBody> = Recorded<B>;

export function toEvent<B extends EventBody>(body: B, frame: EventFrame): FleetEvent<B> {
  return envelopeOf(CATEGORY_OF[body.type], body, frame);
}
