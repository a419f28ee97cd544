import Type, { type Static } from "typebox";

const closed = { additionalProperties: false };
const password = Type.String({ minLength: 1, maxLength: 1_024, description: "The caller's password" });

export const PasswordBody = Type.Object({ password }, closed);
export const SecondFactorCodeBody = Type.Object({ code: Type.String({ minLength: 6, maxLength: 64 }) }, closed);

export const SecondFactor = Type.Object({
  on: Type.Boolean({ description: "Whether sign-ins with a password need a code" }),
  recoveryCodes: Type.Integer({ description: "How many recovery codes are left" }),
  passkeysOnly: Type.Optional(
    Type.Literal(true, { description: "There is no authenticator app: passkeys are the second factor" }),
  ),
});
export type SecondFactor = Static<typeof SecondFactor>;

export const SecondFactorSecret = Type.Object({
  secret: Type.String({ description: "For an authenticator app, as base32. It is in this answer only" }),
  uri: Type.String({ description: "The secret as `otpauth:` URI, for a QR code" }),
});
export type SecondFactorSecret = Static<typeof SecondFactorSecret>;

export const RecoveryCodes = Type.Object({
  recoveryCodes: Type.Array(Type.String(), {
    description: "Each works once, in place of a code of the app. They are in this answer only",
  }),
});
export type RecoveryCodes = Static<typeof RecoveryCodes>;
