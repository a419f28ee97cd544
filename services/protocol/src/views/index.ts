import type { Static } from "typebox";
import { accounts } from "./accounts.ts";
import { artifacts } from "./artifacts.ts";
import { acts, refusals, signIns } from "./audit.ts";
import { channels, deliveries } from "./channels.ts";
import { claimCodes } from "./claim-codes.ts";
import { commands } from "./commands.ts";
import { configuration } from "./configuration.ts";
import { deviceTypes } from "./device-types.ts";
import { devices } from "./devices.ts";
import { enrolmentGroups } from "./enrolment-groups.ts";
import { gateways } from "./gateways.ts";
import { groups } from "./groups.ts";
import { people } from "./people.ts";
import { provisionRequests } from "./provision-requests.ts";
import { updates } from "./updates.ts";
import { type FeedTopic, type QuerySchema, topicsOf, type ViewSchema } from "./view.ts";

export * from "./accounts.ts";
export * from "./artifacts.ts";
export * from "./audit.ts";
export * from "./audit-actions.ts";
export * from "./catalogues.ts";
export * from "./channels.ts";
export * from "./claim-codes.ts";
export * from "./commands.ts";
export * from "./configuration.ts";
export * from "./device-resource.ts";
export * from "./device-types.ts";
export * from "./devices.ts";
export * from "./enrolment-groups.ts";
export * from "./gateways.ts";
export * from "./groups.ts";
export * from "./people.ts";
export * from "./provision-requests.ts";
export * from "./scans.ts";
export * from "./update-states.ts";
export * from "./updates.ts";
export * from "./view.ts";

/** A new view is a file in this folder and an entry here, then a folder in @fleetlog/projections and an entry there. */
export const VIEW_SCHEMAS = {
  devices,
  commands,
  gateways,
  accounts,
  deviceTypes,
  groups,
  configuration,
  artifacts,
  people,
  provisionRequests,
  enrolmentGroups,
  claimCodes,
  acts,
  refusals,
  signIns,
  channels,
  deliveries,
  updates,
} as const satisfies Readonly<Record<string, ViewSchema>>;

export type ViewName = keyof typeof VIEW_SCHEMAS;
type Merged<Part extends keyof ViewSchema> = Intersection<(typeof VIEW_SCHEMAS)[ViewName][Part]>;
type Intersection<Union> = (Union extends unknown ? (one: Union) => void : never) extends (all: infer All) => void
  ? All
  : never;

export type QueriesOf<Schemas> = {
  [N in keyof Schemas]: Schemas[N] extends QuerySchema
    ? { params: Static<Schemas[N]["params"]>; result: Static<Schemas[N]["result"]> }
    : never;
};
export type Queries = QueriesOf<Merged<"queries">>;
export type QueryName = keyof Queries;

type Topics = Merged<"topics">;
export type TopicName<Kind extends FeedTopic["kind"]> = {
  [N in keyof Topics]: Topics[N] extends { kind: Kind } ? N : never;
}[keyof Topics];
export const FEED_TOPICS: ReadonlyMap<string, FeedTopic> = topicsOf(Object.values(VIEW_SCHEMAS));
