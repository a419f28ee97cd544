import type { ProvisionStatus } from "@fleetlog/domain";
import Type, { type Static } from "typebox";
import { REPORTED_STATES } from "../device/provisioning.ts";
import type { ViewSchema } from "./view.ts";

export const PROVISION_STATE_NAMES = [
  "CREATED",
  "STARTED",
  "RUNNING",
  ...REPORTED_STATES,
  "COMPLETED",
  "FAILED",
  "SKIPPED",
  "STOPPING",
  "STOPPED",
  "ABANDONED",
] as const satisfies readonly ProvisionStatus[];
/** Does not compile if the list lacks a state. */
type Complete<Missing extends never> = Missing;
export type NoStateIsMissing = Complete<Exclude<ProvisionStatus, (typeof PROVISION_STATE_NAMES)[number]>>;

const ArtifactVersion = Type.Object({
  name: Type.String({ maxLength: 128 }),
  version: Type.String({ maxLength: 64 }),
});

export const ProvisionBundleSchema = Type.Object({
  name: Type.String({ minLength: 1, maxLength: 128 }),
  version: Type.String({ minLength: 1, maxLength: 64 }),
  artifact: ArtifactVersion,
});

export const ProvisionRequestResource = Type.Object({
  id: Type.String(),
  state: Type.Enum(PROVISION_STATE_NAMES),
  clientId: Type.String(),
  userName: Type.String(),
  account: Type.String(),
  activatesOn: Type.Optional(Type.String({ description: "No device is let in before this moment" })),
  expiresOn: Type.Optional(Type.String({ description: "No device is let in from this moment on" })),
  maxRetries: Type.Integer({ description: "How often a failed try may be repeated" }),
  tries: Type.Integer({ description: "How often a device has begun" }),
  activationKey: Type.Boolean({ description: "Whether the device must present an activation key" }),
  overwrite: Type.Boolean(),
  allowPlain: Type.Boolean(),
  device: Type.Object({
    id: Type.String(),
    name: Type.Optional(Type.String()),
    tags: Type.Array(Type.String()),
    type: Type.Optional(Type.String()),
  }),
  configuration: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
  bundles: Type.Array(ProvisionBundleSchema),
  enrolmentGroup: Type.Optional(Type.String({ description: "Id of the enrolment group by which the device came" })),
  claimCode: Type.Optional(Type.String({ description: "Id of the claim code by which the device came" })),
  bundle: Type.Optional(Type.String({ description: "The bundle that the device installs" })),
  model: Type.Optional(Type.String({ description: "As the device reports" })),
  serial: Type.Optional(Type.String({ description: "As the device reports" })),
  error: Type.Optional(
    Type.Object({ code: Type.String(), message: Type.String() }, { description: "Why the last try failed" }),
  ),
  reason: Type.Optional(Type.Enum(["expired", "no-tries-left"], { description: "Why the request was abandoned" })),
  createdAt: Type.String(),
  createdBy: Type.String(),
  updatedAt: Type.String({ description: "When the state or the tries last changed" }),
  seq: Type.Integer({ description: "Log sequence of the request's newest event" }),
});
export type ProvisionRequestResource = Static<typeof ProvisionRequestResource>;

export const ListProvisionRequestsQuery = Type.Object(
  {
    state: Type.Optional(Type.Enum(PROVISION_STATE_NAMES)),
    open: Type.Optional(Type.Boolean({ description: "Only requests that have not ended, or only requests that have" })),
    device: Type.Optional(Type.String({ maxLength: 128, description: "Only requests for this device id" })),
    enrolmentGroup: Type.Optional(Type.String({ maxLength: 64, description: "Only requests of this enrolment group" })),
    account: Type.Optional(Type.String({ maxLength: 128 })),
    search: Type.Optional(
      Type.String({ maxLength: 128, description: "Words that each occur in a name, the client id or the user name" }),
    ),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000, default: 100 })),
    cursor: Type.Optional(Type.String({ maxLength: 2_048 })),
  },
  { additionalProperties: false },
);
export type ListProvisionRequestsQuery = Static<typeof ListProvisionRequestsQuery>;

export const ProvisionRequestPage = Type.Object({
  items: Type.Array(ProvisionRequestResource),
  next: Type.Union([Type.String(), Type.Null()]),
  total: Type.Integer(),
});
export type ProvisionRequestPage = Static<typeof ProvisionRequestPage>;

const OpenQuery = Type.Object(
  {
    after: Type.Optional(Type.Integer({ minimum: 0 })),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000 })),
  },
  { additionalProperties: false },
);
const OpenRequest = Type.Object({
  request: Type.String(),
  ordinal: Type.Integer(),
  row: ProvisionRequestResource,
});

export const provisionRequests = {
  queries: {
    /** The newest first. */
    "provisionRequests.list": {
      action: "provision-request.read",
      params: ListProvisionRequestsQuery,
      result: ProvisionRequestPage,
    },
    "provisionRequests.get": {
      action: "provision-request.read",
      params: Type.Object({ id: Type.String({ maxLength: 128 }) }, { additionalProperties: false }),
      result: Type.Union([ProvisionRequestResource, Type.Null()]),
    },
    /**
     * The requests that have not ended, the oldest first; `after` is the ordinal of the last request before the page.
     */
    "provisionRequests.open": { action: null, params: OpenQuery, result: Type.Array(OpenRequest) },
    /** An open request with this version of an artifact. */
    "provisionRequests.using": {
      action: null,
      params: Type.Object(
        { account: Type.String({ maxLength: 128 }), ...ArtifactVersion.properties },
        { additionalProperties: false },
      ),
      result: Type.Union([Type.String(), Type.Null()]),
    },
  },
  topics: {
    provisionRequests: {
      action: "provision-request.read",
      kind: "rows",
      projections: ["provisionRequests"],
      everyMs: 250,
    },
  },
} as const satisfies ViewSchema;
