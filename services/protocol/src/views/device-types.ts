import Type, { type Static } from "typebox";
import type { ViewSchema } from "./view.ts";

export const DEFINITION_NAME = {
  minLength: 1,
  maxLength: 64,
  pattern: "^[A-Za-z0-9][A-Za-z0-9_.-]*$",
  accepts: "up to 64 letters, digits, '-', '_' or '.', beginning with a letter or a digit",
} as const;

export const ConfigurationValues = Type.Record(Type.String(), Type.Unknown());

export const DeviceTypeBody = Type.Object(
  {
    description: Type.Optional(Type.String({ maxLength: 512 })),
    board: Type.Optional(Type.String({ maxLength: 128 })),
    model: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 128,
        description:
          "Pattern for the model in a device's profile; `*` is any text. A device without a type of its own gets the matching type with the longest pattern, then the first by name",
      }),
    ),
    schema: Type.Optional(
      Type.Record(Type.String(), Type.Unknown(), { description: "JSON Schema (draft 2020-12) of the configuration" }),
    ),
    configuration: Type.Optional(
      Type.Record(Type.String(), Type.Unknown(), { description: "Default configuration of its devices" }),
    ),
    commands: Type.Optional(
      Type.Array(Type.Unknown(), {
        maxItems: 256,
        description: "Commands in the form of a profile, for devices whose profile declares none",
      }),
    ),
  },
  { additionalProperties: false },
);
export type DeviceTypeBody = Static<typeof DeviceTypeBody>;

export const DeviceTypeResource = Type.Object({
  name: Type.String(),
  account: Type.String({ description: "The type is for devices of this account" }),
  ...DeviceTypeBody.properties,
  devices: Type.Integer({ description: "Number of devices of this type" }),
  changedAt: Type.String(),
  changedBy: Type.String(),
  seq: Type.Integer({ description: "Log sequence of its last change" }),
});
export type DeviceTypeResource = Static<typeof DeviceTypeResource>;

export const ListDefinitionsQuery = Type.Object(
  {
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 200, default: 100 })),
    cursor: Type.Optional(Type.String({ maxLength: 512, description: "`next` of the page before" })),
    account: Type.Optional(Type.String({ maxLength: 128, description: "Only definitions of this account" })),
  },
  { additionalProperties: false },
);
export type ListDefinitionsQuery = Static<typeof ListDefinitionsQuery>;

export const DefinitionQuery = Type.Object(
  { account: Type.Optional(Type.String({ maxLength: 128, description: "Its account; default: the caller's" })) },
  { additionalProperties: false },
);

export const DeviceTypePage = Type.Object({
  items: Type.Array(DeviceTypeResource),
  next: Type.Union([Type.String(), Type.Null()]),
  total: Type.Integer(),
});
export type DeviceTypePage = Static<typeof DeviceTypePage>;

/** The default account is `main`. */
export const DefinitionId = Type.Object(
  { name: Type.String({ maxLength: 128 }), account: Type.Optional(Type.String({ maxLength: 128 })) },
  { additionalProperties: false },
);

export const deviceTypes = {
  queries: {
    /** By account and name. */
    "types.list": { action: "device-type.read", params: ListDefinitionsQuery, result: DeviceTypePage },
    "types.get": {
      action: "device-type.read",
      params: DefinitionId,
      result: Type.Union([DeviceTypeResource, Type.Null()]),
    },
    /** Null for a device without a type. */
    "types.ofDevice": {
      action: null,
      params: Type.Object({ id: Type.String({ maxLength: 128 }) }, { additionalProperties: false }),
      result: Type.Union([DeviceTypeResource, Type.Null()]),
    },
  },
  topics: {
    deviceTypes: { action: "device-type.read", kind: "rows", projections: ["deviceTypes"], everyMs: 250 },
  },
} as const satisfies ViewSchema;
