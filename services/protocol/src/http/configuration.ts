import Type, { type Static } from "typebox";
import { ConfigurationLayer } from "../views/configuration.ts";
import { ConfigurationValues } from "../views/device-types.ts";

/** The limit for a configuration as JSON, also for a default one. */
export const MAX_CONFIGURATION_BYTES = 64 * 1024;

export const SetConfigurationBody = Type.Object(
  {
    values: Type.Record(Type.String(), Type.Unknown(), {
      description:
        "All own values of the device; they are merged over the defaults (RFC 7396), so null removes a default",
    }),
  },
  { additionalProperties: false },
);
export type SetConfigurationBody = Static<typeof SetConfigurationBody>;

export const ConfigurationRevision = Type.Object({
  revision: Type.Integer(),
  values: ConfigurationValues,
  own: ConfigurationValues,
  defaults: Type.Array(ConfigurationLayer),
  setAt: Type.String(),
  setBy: Type.String(),
  reason: Type.Optional(Type.String({ description: "Why the configuration changed, if no person has set it" })),
  restored: Type.Optional(Type.Integer({ description: "The revision that was restored" })),
});
export type ConfigurationRevision = Static<typeof ConfigurationRevision>;

export const ListRevisionsQuery = Type.Object(
  {
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 100, default: 20 })),
    cursor: Type.Optional(Type.String({ maxLength: 32, description: "`next` of the page before" })),
  },
  { additionalProperties: false },
);

export const ConfigurationRevisionPage = Type.Object({
  items: Type.Array(ConfigurationRevision, { description: "The newest first" }),
  next: Type.Union([Type.String(), Type.Null()]),
  total: Type.Integer({ description: "The newest revision's number" }),
});
export type ConfigurationRevisionPage = Static<typeof ConfigurationRevisionPage>;
