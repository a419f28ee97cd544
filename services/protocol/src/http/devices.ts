import { DURATION_PATTERN } from "@fleetlog/runtime";
import Type, { type Static } from "typebox";
import { DIALECT_NAMES } from "../dialects.ts";
import { DeviceDetail } from "../views/device-resource.ts";
import { DEFINITION_NAME } from "../views/device-types.ts";
import { IssuedCertificate } from "./certificates.ts";

const tag = Type.String({
  minLength: 1,
  maxLength: 64,
  pattern: "^[^\\s,\\u0000-\\u001f\\u007f]+$",
  accepts: "text without spaces, commas and control characters",
});
export const TagList = Type.Array(tag, { maxItems: 32, uniqueItems: true });
const tags = TagList;
export const NameText = Type.String({
  minLength: 1,
  maxLength: 128,
  pattern: "^ *[^\\s\\u0000-\\u001f\\u007f][^\\u0000-\\u001f\\u007f]*$",
  accepts: "text that is not blank, without control characters",
});
const name = NameText;

/**
 * One level of a topic, without `/` and wildcards. Otherwise the `account` of a log-in, which is the first level of a Kura
 * device's topics, could match topics of other devices.
 */
const topicLevel = Type.String({
  minLength: 1,
  maxLength: 256,
  pattern: "^[^/+#\\u0000]+$",
  accepts: "text without /, + and #",
});
/** May contain `/`, and is then several levels of a topic. No wildcards: nobody can publish to a topic that has them. */
const clientId = Type.String({
  minLength: 1,
  maxLength: 256,
  pattern: "^[^+#\\u0000]+$",
  accepts: "text without + and #",
});
const userName = Type.String({ minLength: 1, maxLength: 256, pattern: "^[^\\u0000]+$", accepts: "any text" });
const password = Type.String({ minLength: 1, maxLength: 1_024, description: "Stored as a hash" });

const address = Type.String({
  minLength: 2,
  maxLength: 45,
  description:
    "IP address from which a device of `edgebind` connects. Without an address, its connections wait to be let in",
});

export const DialectLogin = Type.Object(
  { account: Type.Optional(topicLevel), clientId, userName, password: Type.Optional(password) },
  {
    additionalProperties: false,
    description: "Names and password with which a device of `tpedm` or `kura` (with `account`) logs in",
  },
);

export const ChangeLoginBody = Type.Object(
  { login: Type.Optional(DialectLogin), address: Type.Optional(address) },
  { additionalProperties: false, minProperties: 1 },
);
export type ChangeLoginBody = Static<typeof ChangeLoginBody>;

const account = Type.Optional(
  Type.String({ minLength: 1, maxLength: 64, description: "The account that owns the device; default: the caller's" }),
);

const type = Type.String({ ...DEFINITION_NAME, description: "Name of the device's type" });

export const RegisterDeviceBody = Type.Object(
  {
    id: Type.Optional(Type.String({ description: "May be omitted if the log-in or the dialect determines it" })),
    name: Type.Optional(name),
    tags: Type.Optional(tags),
    type: Type.Optional(type),
    dialect: Type.Optional(
      Type.Enum([...DIALECT_NAMES], {
        description: "Dialect of a device of an older system; without it the device is native",
      }),
    ),
    login: Type.Optional(DialectLogin),
    address: Type.Optional(address),
    account,
  },
  { additionalProperties: false },
);
export type RegisterDeviceBody = Static<typeof RegisterDeviceBody>;

export const MAX_REGISTRATIONS = 1_000;

export const RegisterDevicesBody = Type.Object(
  { devices: Type.Array(RegisterDeviceBody, { minItems: 1, maxItems: MAX_REGISTRATIONS }) },
  { additionalProperties: false },
);

export const RegisteredDevices = Type.Object({
  items: Type.Array(
    Type.Object({
      id: Type.String(),
      seq: Type.Optional(Type.Integer({ description: "Log sequence of the registration" })),
      token: Type.Optional(Type.String({ description: "Only in this answer" })),
      error: Type.Optional(
        Type.Object({
          code: Type.String(),
          detail: Type.String(),
          field: Type.Optional(Type.String()),
          advice: Type.Optional(Type.String()),
        }),
      ),
    }),
  ),
  registered: Type.Integer({ description: "Number of devices that were registered" }),
});
export type RegisteredDevices = Static<typeof RegisteredDevices>;

export const RotateToken = Type.Object(
  {
    overlap: Type.Optional(
      Type.String({
        pattern: DURATION_PATTERN,
        accepts: "a duration of at most 7d, such as 10m",
        description: "How long the replaced token stays valid: `10m`; at most 7d. Without it the token ends at once",
      }),
    ),
  },
  { additionalProperties: false },
);
export const RotateTokenBody = Type.Union([RotateToken, Type.Null()]);

export const RotatedToken = Type.Object({
  token: Type.String({ description: "Only in this answer" }),
  previousUntil: Type.Optional(Type.String({ format: "date-time", description: "When the replaced token ends" })),
});
export type RotatedToken = Static<typeof RotatedToken>;

export const RegisteredDevice = Type.Object({
  ...DeviceDetail.properties,
  token: Type.Optional(
    Type.String({ description: "Only in this answer; absent for a device of a dialect, which has no token" }),
  ),
  certificate: Type.Optional(
    Type.Object(IssuedCertificate.properties, {
      description: "Certificate of a device of `libpyiotcloud`; its key is only in this answer",
    }),
  ),
});
export type RegisteredDevice = Static<typeof RegisteredDevice>;

export const ChangeDeviceBody = Type.Object(
  {
    name: Type.Optional(Type.Union([name, Type.Null()], { description: "null removes the name" })),
    tags: Type.Optional(tags),
    type: Type.Optional(
      Type.Union([type, Type.Null()], { description: "null: the type follows from the model that the device reports" }),
    ),
    account: Type.Optional(
      Type.String({ minLength: 1, maxLength: 64, description: "Moves the device to this account; for administrators" }),
    ),
    history: Type.Optional(
      Type.Enum(["along", "stays"], {
        description:
          "With `account`: whether the new account sees what was recorded before the move; `stays` (the default) hides it, and ends the open commands",
      }),
    ),
  },
  { additionalProperties: false, minProperties: 1 },
);
export type ChangeDeviceBody = Static<typeof ChangeDeviceBody>;
