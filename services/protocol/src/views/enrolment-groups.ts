import type { EnrolmentProof, Reenrolment } from "@fleetlog/domain";
import Type, { type Static } from "typebox";
import { ProvisionBundleSchema } from "./provision-requests.ts";
import type { ViewSchema } from "./view.ts";

export const ENROLMENT_PROOF_NAMES = ["secret", "derived", "certificate"] as const satisfies readonly EnrolmentProof[];
export const REENROLMENT_NAMES = ["refuse", "replace"] as const satisfies readonly Reenrolment[];

export const EnrolmentGroupResource = Type.Object({
  id: Type.String(),
  name: Type.String(),
  account: Type.String(),
  proof: Type.Enum(ENROLMENT_PROOF_NAMES),
  quota: Type.Integer({ description: "Maximum of devices that the group may ever enrol" }),
  enrolled: Type.Integer({ description: "Devices that the group has enrolled" }),
  enabled: Type.Boolean(),
  ended: Type.Boolean(),
  activatesAt: Type.Optional(Type.String()),
  expiresAt: Type.Optional(Type.String()),
  reenrolment: Type.Enum(REENROLMENT_NAMES),
  idPattern: Type.Optional(Type.String()),
  allowPlain: Type.Boolean(),
  tags: Type.Array(Type.String()),
  type: Type.Optional(Type.String()),
  configuration: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
  bundles: Type.Array(ProvisionBundleSchema),
  ca: Type.Optional(Type.String({ description: "Id of the authority that signs the devices' certificates" })),
  overlapUntil: Type.Optional(Type.String({ description: "The earlier secret is valid until then" })),
  createdAt: Type.String(),
  createdBy: Type.String(),
  updatedAt: Type.String({ description: "When the group was last changed, or last enrolled a device" }),
  seq: Type.Integer({ description: "Log sequence of the group's newest event" }),
});
export type EnrolmentGroupResource = Static<typeof EnrolmentGroupResource>;

export const ListEnrolmentGroupsQuery = Type.Object(
  {
    ended: Type.Optional(Type.Boolean({ description: "Only groups that have ended, or only groups that have not" })),
    account: Type.Optional(Type.String({ maxLength: 128 })),
    search: Type.Optional(Type.String({ maxLength: 128, description: "Words that each occur in the name" })),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000, default: 100 })),
    cursor: Type.Optional(Type.String({ maxLength: 2_048 })),
  },
  { additionalProperties: false },
);
export type ListEnrolmentGroupsQuery = Static<typeof ListEnrolmentGroupsQuery>;

export const EnrolmentGroupPage = Type.Object({
  items: Type.Array(EnrolmentGroupResource),
  next: Type.Union([Type.String(), Type.Null()]),
  total: Type.Integer(),
});
export type EnrolmentGroupPage = Static<typeof EnrolmentGroupPage>;

export const enrolmentGroups = {
  queries: {
    /** The newest first. */
    "enrolmentGroups.list": {
      action: "enrolment-group.read",
      params: ListEnrolmentGroupsQuery,
      result: EnrolmentGroupPage,
    },
    "enrolmentGroups.get": {
      action: "enrolment-group.read",
      params: Type.Object({ id: Type.String({ maxLength: 128 }) }, { additionalProperties: false }),
      result: Type.Union([EnrolmentGroupResource, Type.Null()]),
    },
    /** A group that has not ended and whose devices install this version of an artifact; null if there is none. */
    "enrolmentGroups.using": {
      action: null,
      params: Type.Object(
        {
          account: Type.String({ maxLength: 128 }),
          name: Type.String({ maxLength: 128 }),
          version: Type.String({ maxLength: 64 }),
        },
        { additionalProperties: false },
      ),
      result: Type.Union([Type.String(), Type.Null()]),
    },
  },
  topics: {
    enrolmentGroups: { action: "enrolment-group.read", kind: "rows", projections: ["enrolmentGroups"], everyMs: 250 },
  },
} as const satisfies ViewSchema;
