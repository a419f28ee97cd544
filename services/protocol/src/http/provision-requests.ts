import Type, { type Static } from "typebox";
import { DEFINITION_NAME } from "../views/device-types.ts";
import { ProvisionBundleSchema, ProvisionRequestResource } from "../views/provision-requests.ts";
import { NameText, TagList } from "./devices.ts";
import { EventResource } from "./events.ts";

const loginName = (description: string) =>
  Type.String({
    minLength: 1,
    maxLength: 128,
    pattern: "^[^\\u0000-\\u001f\\u007f]+$",
    accepts: "1 to 128 characters, without control characters",
    description,
  });

export const CreateProvisionRequestBody = Type.Object(
  {
    clientId: loginName("The client id that the device logs in with, such as its MAC address"),
    userName: loginName(
      "The user name that the device logs in with. No other open request or device may have the same client id and user name",
    ),
    password: Type.Optional(Type.String({ minLength: 1, maxLength: 256, description: "Default: a random password" })),
    activatesOn: Type.Optional(Type.String({ format: "date-time", description: "Default: at once" })),
    expiresOn: Type.Optional(Type.String({ format: "date-time", description: "Default: never" })),
    maxRetries: Type.Optional(Type.Integer({ minimum: 0, maximum: 1_000, default: 3 })),
    generateActivationKey: Type.Optional(
      Type.Boolean({
        description: "Makes a key of 32 characters that the device must present; only this answer has the key",
      }),
    ),
    overwrite: Type.Optional(
      Type.Boolean({ description: "Whether the device replaces a device that is registered under this id" }),
    ),
    allowPlain: Type.Optional(Type.Boolean({ description: "Whether the device may log in without TLS" })),
    device: Type.Object(
      {
        id: Type.Optional(Type.String({ maxLength: 128, description: "Default: the client id" })),
        name: Type.Optional(NameText),
        tags: Type.Optional(TagList),
        type: Type.Optional(Type.String({ ...DEFINITION_NAME, description: "Name of the device's type" })),
      },
      { additionalProperties: false },
    ),
    configuration: Type.Optional(
      Type.Record(Type.String(), Type.Unknown(), { description: "Becomes the device's desired configuration" }),
    ),
    bundles: Type.Optional(Type.Array(ProvisionBundleSchema, { maxItems: 9, description: "What the device installs" })),
    account: Type.Optional(Type.String({ minLength: 1, maxLength: 64, description: "Default: the caller's" })),
  },
  { additionalProperties: false },
);
export type CreateProvisionRequestBody = Static<typeof CreateProvisionRequestBody>;

export const CreatedProvisionRequest = Type.Object({
  id: Type.String(),
  password: Type.String({ description: "Only in this answer" }),
  activationKey: Type.Optional(Type.String({ description: "Only in this answer" })),
  state: Type.Literal("CREATED"),
});
export type CreatedProvisionRequest = Static<typeof CreatedProvisionRequest>;

export const ProvisionRequestDetail = Type.Object({
  ...ProvisionRequestResource.properties,
  events: Type.Array(EventResource, { description: "The request's events, the oldest first; at most 500" }),
});
export type ProvisionRequestDetail = Static<typeof ProvisionRequestDetail>;

export const NewActivationKey = Type.Object({ activationKey: Type.String({ description: "Only in this answer" }) });
export type NewActivationKey = Static<typeof NewActivationKey>;
