import Type, { type Static } from "typebox";
import { DeviceDetail } from "../views/devices.ts";

const tag = Type.String({
  minLength: 1,
  maxLength: 64,
  pattern: "^[^\\s,\\u0000-\\u001f\\u007f]+$",
  accepts: "text without spaces, commas and control characters",
});
const tags = Type.Array(tag, { maxItems: 32, uniqueItems: true });
const name = Type.String({
  minLength: 1,
  maxLength: 128,
  pattern: "^ *[^\\s\\u0000-\\u001f\\u007f][^\\u0000-\\u001f\\u007f]*$",
  accepts: "text that is not blank, without control characters",
});

export const RegisterDeviceBody = Type.Object(
  { id: Type.String(), name: Type.Optional(name), tags: Type.Optional(tags) },
  { additionalProperties: false },
);
export type RegisterDeviceBody = Static<typeof RegisterDeviceBody>;

/** The body of a call that gives a device a new token. It has no fields yet; a field that it does not know is refused. */
export const RotateTokenBody = Type.Union([Type.Object({}, { additionalProperties: false }), Type.Null()]);

export const RotatedToken = Type.Object({ token: Type.String({ description: "Shown only this once" }) });
export type RotatedToken = Static<typeof RotatedToken>;

export const RegisteredDevice = Type.Object({
  ...DeviceDetail.properties,
  token: Type.String({ description: "Shown this once" }),
});
export type RegisteredDevice = Static<typeof RegisteredDevice>;

export const ChangeDeviceBody = Type.Object(
  {
    name: Type.Optional(Type.Union([name, Type.Null()], { description: "null removes it" })),
    tags: Type.Optional(tags),
  },
  { additionalProperties: false, minProperties: 1 },
);
export type ChangeDeviceBody = Static<typeof ChangeDeviceBody>;
