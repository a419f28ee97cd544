import Type, { type Static } from "typebox";
import type { ViewSchema } from "./view.ts";

const values = Type.Record(Type.String(), Type.Unknown());

export const ConfigurationLayer = Type.Object({
  from: Type.String({ description: "`type:<name>` or `group:<name>`" }),
  values,
});
export type ConfigurationLayer = Static<typeof ConfigurationLayer>;

export const ReportedConfiguration = Type.Object({
  revision: Type.Integer(),
  state: Type.Enum(["applied", "refused"]),
  values: Type.Optional(
    Type.Record(Type.String(), Type.Unknown(), { description: "What the device runs with, as far as known" }),
  ),
  error: Type.Optional(
    Type.Object({ code: Type.Optional(Type.Union([Type.String(), Type.Integer()])), message: Type.String() }),
  ),
  at: Type.String(),
});
export type ReportedConfiguration = Static<typeof ReportedConfiguration>;

export const ConfigurationDifference = Type.Object({
  path: Type.String({ description: "JSON pointer" }),
  desired: Type.Optional(Type.Unknown({ description: "Absent: no value is desired" })),
  reported: Type.Optional(Type.Unknown({ description: "Absent: the device has no value" })),
});

export const ConfigurationResource = Type.Object({
  desired: Type.Record(Type.String(), Type.Unknown(), {
    description: "What the device receives: the defaults with its own values merged over them (RFC 7396)",
  }),
  reported: Type.Union([ReportedConfiguration, Type.Null()], { description: "Null: nothing was reported yet" }),
  revision: Type.Integer({ description: "Counts the desired configurations; 0: none was ever set" }),
  difference: Type.Array(ConfigurationDifference, {
    description: "Differences between what the device runs with and what is desired",
  }),
  own: Type.Record(Type.String(), Type.Unknown(), {
    description: "Values set for this device; null removes a default",
  }),
  defaults: Type.Array(ConfigurationLayer, { description: "In the order in which they are merged" }),
  sources: Type.Record(Type.String(), Type.String(), {
    description: "By JSON pointer, where each value comes from: `device`, `type:<name>` or `group:<name>`",
  }),
  setAt: Type.Optional(Type.String()),
  setBy: Type.Optional(Type.String()),
  reason: Type.Optional(Type.String()),
  restored: Type.Optional(Type.Integer()),
});
export type ConfigurationResource = Static<typeof ConfigurationResource>;

const Defaults = Type.Object({
  device: Type.String(),
  /** Whether the device is retired or was never registered. */
  gone: Type.Boolean(),
  /** Whether the own values are from an earlier registration of this id. */
  outlived: Type.Boolean(),
  type: Type.Optional(Type.String()),
  /** Allowed by the type's schema, in the order of merging. */
  defaults: Type.Array(ConfigurationLayer),
  current: Type.Object({ revision: Type.Integer(), own: values, defaults: Type.Array(ConfigurationLayer) }),
});
export type DefaultsOfDevice = Static<typeof Defaults>;

const ids = Type.Array(Type.String({ maxLength: 128 }), { maxItems: 200 });

export const configuration = {
  queries: {
    /** Null if the device was never registered. */
    "configuration.get": {
      action: "device.read",
      params: Type.Object({ id: Type.String({ maxLength: 128 }) }, { additionalProperties: false }),
      result: Type.Union([ConfigurationResource, Type.Null()]),
    },
    /** By id. Large configurations shorten the answer. */
    "configuration.defaults": {
      action: null,
      params: Type.Object({ ids }, { additionalProperties: false }),
      result: Type.Array(Defaults),
    },
    /**
     * Ids of devices, from the first that follows `after`. `matching`: the default applies to the device now; `having`:
     * the default is in the device's configuration. An empty page is the end.
     */
    "configuration.concerned": {
      action: null,
      params: Type.Object(
        {
          /** `type:<name>` or `group:<name>`. */
          from: Type.String({ maxLength: 128 }),
          /** The account of the type or group; default `main`. */
          account: Type.Optional(Type.String({ maxLength: 128 })),
          which: Type.Enum(["matching", "having"]),
          /** Earlier patterns of a type, whose devices may have another type now. */
          models: Type.Optional(Type.Array(Type.String({ maxLength: 128 }), { maxItems: 16 })),
          after: Type.Optional(Type.String({ maxLength: 128 })),
          limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 200 })),
        },
        { additionalProperties: false },
      ),
      result: Type.Array(Type.String()),
    },
  },
  topics: {
    configurations: { action: "device.read", kind: "rows", projections: ["configurations"], everyMs: 250 },
  },
} as const satisfies ViewSchema;
