import Type, { type Static } from "typebox";
import { ChannelCommon, ChannelHealth, DeliveryState } from "../views/channels.ts";

const Url = (description: string) => Type.String({ minLength: 1, maxLength: 2_048, description });
const Secret = (description: string) => Type.String({ minLength: 1, maxLength: 512, description });
const Text = (description: string) => Type.String({ minLength: 1, maxLength: 128, description });

/** Properties that are neither secret nor in the log. */
const shown = {
  to: Type.Optional(
    Type.Array(Type.String({ minLength: 3, maxLength: 254 }), {
      maxItems: 20,
      description: "Email addresses, or telephone numbers such as `+4930123456`",
    }),
  ),
  url: Type.Optional(
    Url("Address of a webhook or an SMS gateway; for `twilio` and `sns`, only to replace the provider's own address"),
  ),
  format: Type.Optional(
    Type.Enum(["json", "form"], { description: "Format of an SMS gateway's requests; default: `json`" }),
  ),
  fields: Type.Optional(
    Type.Object(
      { to: Type.Optional(Text("")), text: Type.Optional(Text("")), id: Type.Optional(Text("")) },
      { additionalProperties: false, description: "Names of an SMS gateway's fields; default: `to`, `text` and `id`" },
    ),
  ),
  accountSid: Type.Optional(Text("For `twilio`")),
  from: Type.Optional(
    Text(
      "For `twilio`: the number that sends, or the id of a messaging service. For `email`: the sender, default the installation's",
    ),
  ),
  smtpHost: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 253,
      description: "For `email`: a mail server for this channel; default: the installation's",
    }),
  ),
  smtpPort: Type.Optional(
    Type.Integer({ minimum: 1, maximum: 65_535, description: "Default: 465, 587 or 25, by `smtpTls`" }),
  ),
  smtpTls: Type.Optional(
    Type.Enum(["implicit", "starttls", "none"], {
      description:
        "TLS from the start, TLS after STARTTLS (default), or no TLS. `none` is allowed only in the networks of FLEETLOG_CHANNEL_NETWORKS",
    }),
  ),
  smtpUser: Type.Optional(Text("Log-in at the channel's mail server")),
  region: Type.Optional(Text("For `sns`, such as `eu-central-1`")),
  accessKeyId: Type.Optional(Text("For `sns`")),
  senderId: Type.Optional(Text("For `sns`: the name that the recipient sees")),
};

export const ChannelBody = Type.Object(
  {
    ...ChannelCommon.properties,
    enabled: Type.Optional(Type.Boolean({ description: "Whether the channel sends; default: true" })),
    ...shown,
    token: Type.Optional(Secret("For an SMS gateway: sent as bearer token. Without this field the token stays")),
    authToken: Type.Optional(Secret("For `twilio`. Without this field the token stays")),
    smtpPassword: Type.Optional(
      Secret("Password of `smtpUser`. Without this field it stays, unless the server or its TLS changes"),
    ),
    secretAccessKey: Type.Optional(Secret("For `sns`. Without this field the key stays")),
    secret: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 256,
        description:
          "Key of a webhook's signatures: `whsec_` and 24 to 64 bytes in Base64. Without this field a new webhook gets a new key, and an existing webhook keeps its key",
      }),
    ),
    rotateSecret: Type.Optional(
      Type.Boolean({
        description:
          "Makes a new key of a webhook's signatures; for a day, requests are signed with the previous key, too",
      }),
    ),
    headers: Type.Optional(
      Type.Record(Type.String({ maxLength: 128 }), Type.String({ maxLength: 1_024 }), {
        description:
          "Headers of a webhook's requests, such as `Authorization`. They are secret. Without this field they stay; `{}` removes them",
      }),
    ),
  },
  { additionalProperties: false },
);
export type ChannelBody = Static<typeof ChannelBody>;

export const ChannelResource = Type.Object({
  id: Type.String(),
  account: Type.String(),
  ...ChannelCommon.properties,
  enabled: Type.Boolean(),
  ...shown,
  has: Type.Array(Type.String(), { description: "Names of the secrets that the channel has" }),
  secret: Type.Optional(Type.String({ description: "Only in the answer of the call that made it" })),
  health: Type.Optional(ChannelHealth),
  changedAt: Type.String(),
  changedBy: Type.String(),
  seq: Type.Integer({ description: "Log sequence of its last change" }),
});
export type ChannelResource = Static<typeof ChannelResource>;

export const ChannelPage = Type.Object({
  items: Type.Array(ChannelResource),
  next: Type.Union([Type.String(), Type.Null()]),
  total: Type.Integer(),
});
export type ChannelPage = Static<typeof ChannelPage>;

export const TestChannel = Type.Object(
  {
    to: Type.Optional(Type.String({ minLength: 3, maxLength: 254, description: "Default: the channel's recipients" })),
    text: Type.Optional(Type.String({ minLength: 1, maxLength: 1_000 })),
  },
  { additionalProperties: false },
);
export const TestChannelBody = Type.Union([TestChannel, Type.Null()]);

export const ChannelTest = Type.Object({
  delivery: Type.String(),
  state: DeliveryState,
  reason: Type.Optional(Type.String({ description: "Why it failed" })),
});
export type ChannelTest = Static<typeof ChannelTest>;
