import Type, { type Static } from "typebox";
import { DEFINITION_NAME } from "../views/device-types.ts";
import { REENROLMENT_NAMES } from "../views/enrolment-groups.ts";
import { ProvisionBundleSchema } from "../views/provision-requests.ts";
import { NameText, TagList } from "./devices.ts";

const quota = Type.Integer({
  minimum: 1,
  maximum: 1_000_000,
  description: "Maximum of devices that the group may ever enrol",
});

export const CreateEnrolmentGroupBody = Type.Object(
  {
    name: NameText,
    quota,
    activatesAt: Type.Optional(Type.String({ format: "date-time", description: "Default: at once" })),
    expiresAt: Type.Optional(Type.String({ format: "date-time", description: "Default: never" })),
    enabled: Type.Optional(Type.Boolean({ default: true })),
    proof: Type.Optional(
      Type.Enum(["secret", "derived"], {
        default: "secret",
        description:
          "What a device shows as its password. `secret`: the group's secret, or the key that is derived from it for this " +
          "device. `derived`: only that key, `<id>.` and base64url of HMAC-SHA-256(secret, device id)",
      }),
    ),
    ca: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 16_384,
        description:
          "A certificate authority of the account: its id, or its certificate in PEM. Then the group has no secret. Its " +
          "devices log in by a certificate of this authority whose common name is their id, without a password",
      }),
    ),
    reenrolment: Type.Optional(
      Type.Enum(REENROLMENT_NAMES, {
        default: "refuse",
        description:
          "What a device that has enrolled before gets: nothing (`refuse`) until an operator lets it enrol again, or a new credential (`replace`)",
      }),
    ),
    idPattern: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 128,
        description: "Pattern that device ids must match: `*` stands for any characters, `?` for one",
      }),
    ),
    allowPlain: Type.Optional(
      Type.Boolean({
        description: "The group's devices may log in without TLS. Default: only if no port has TLS",
      }),
    ),
    tags: Type.Optional(TagList),
    type: Type.Optional(Type.String({ ...DEFINITION_NAME, description: "Name of the devices' type" })),
    configuration: Type.Optional(
      Type.Record(Type.String(), Type.Unknown(), { description: "Becomes the devices' desired configuration" }),
    ),
    bundles: Type.Optional(Type.Array(ProvisionBundleSchema, { maxItems: 9, description: "What the devices install" })),
    account: Type.Optional(Type.String({ minLength: 1, maxLength: 64, description: "Default: the caller's" })),
  },
  { additionalProperties: false },
);
export type CreateEnrolmentGroupBody = Static<typeof CreateEnrolmentGroupBody>;

export const CreatedEnrolmentGroup = Type.Object({
  id: Type.String(),
  token: Type.Optional(Type.String({ description: "The group's secret, only in this answer. Absent with `ca`" })),
});
export type CreatedEnrolmentGroup = Static<typeof CreatedEnrolmentGroup>;

export const ChangeEnrolmentGroupBody = Type.Object(
  {
    name: Type.Optional(NameText),
    quota: Type.Optional(quota),
    enabled: Type.Optional(Type.Boolean({ description: "If false, no device begins to enrol" })),
    expiresAt: Type.Optional(
      Type.Union([Type.String({ format: "date-time" }), Type.Null()], { description: "`null`: never" }),
    ),
  },
  { additionalProperties: false, minProperties: 1 },
);
export type ChangeEnrolmentGroupBody = Static<typeof ChangeEnrolmentGroupBody>;

export const EnrolledDevice = Type.Object({
  device: Type.String(),
  request: Type.String({ description: "The device's newest provision request, which shows the progress" }),
  open: Type.Boolean({ description: "Whether an operator lets the device enrol once more" }),
});
export type EnrolledDevice = Static<typeof EnrolledDevice>;

export const EnrolledDevicePage = Type.Object({
  items: Type.Array(EnrolledDevice),
  next: Type.Union([Type.String(), Type.Null()]),
  total: Type.Integer(),
});
export type EnrolledDevicePage = Static<typeof EnrolledDevicePage>;

export const ListEnrolledDevicesQuery = Type.Object(
  {
    search: Type.Optional(Type.String({ maxLength: 128, description: "Part of the device id" })),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000, default: 100 })),
    cursor: Type.Optional(Type.String({ maxLength: 128, description: "`next` of the page before" })),
  },
  { additionalProperties: false },
);
export type ListEnrolledDevicesQuery = Static<typeof ListEnrolledDevicesQuery>;

export const RotatedEnrolmentSecret = Type.Object({
  token: Type.String({ description: "Only in this answer" }),
  previousUntil: Type.Optional(Type.String({ format: "date-time", description: "When the replaced secret ends" })),
});
export type RotatedEnrolmentSecret = Static<typeof RotatedEnrolmentSecret>;
