import Type, { type Static } from "typebox";
import { ROLE_NAMES } from "../views/people.ts";

const email = Type.String({ minLength: 3, maxLength: 256, description: "An email address" });
const password = Type.String({ minLength: 1, maxLength: 1_024, description: "8 to 256 characters" });
const otp = Type.Optional(Type.String({ maxLength: 64, description: "Code of the second factor, if there is one" }));
const tag = Type.String({ minLength: 1, maxLength: 64 });
const tags = Type.Array(tag, { maxItems: 64, uniqueItems: true });
const closed = { additionalProperties: false };

export const SignInBody = Type.Object(
  {
    token: Type.Optional(Type.String({ minLength: 1, maxLength: 512 })),
    email: Type.Optional(email),
    password: Type.Optional(password),
    otp,
  },
  { ...closed, description: "`token`, or `email` and `password`" },
);
export type SignInBody = Static<typeof SignInBody>;

export const LogInBody = Type.Object({ email, password, otp }, closed);
export const RefreshBody = Type.Object({ refreshToken: Type.String({ minLength: 1, maxLength: 512 }) }, closed);
export const TokenPair = Type.Object({
  accessToken: Type.String({ description: "Send it as `Authorization: Bearer <token>`" }),
  expiresAt: Type.String({ format: "date-time", description: "When the access token ends" }),
  refreshToken: Type.String({ description: "For one refresh; using it twice ends all tokens of this log-in" }),
});
export type TokenPair = Static<typeof TokenPair>;

export const InvitePersonBody = Type.Object(
  { email, role: Type.Enum(ROLE_NAMES), tags: Type.Optional(tags), account: Type.Optional(Type.String()) },
  closed,
);
export const ChangePersonBody = Type.Object(
  {
    role: Type.Optional(Type.Enum(ROLE_NAMES)),
    tags: Type.Optional(Type.Union([tags, Type.Null()], { description: "`null`: no limit to tags" })),
    account: Type.Optional(Type.String()),
  },
  { ...closed, minProperties: 1 },
);
export const EndPersonQuery = Type.Object(
  { erase: Type.Optional(Type.Boolean({ description: "`true`: email address and names can't be read any more" })) },
  closed,
);
export const PersonLinkAnswer = Type.Object({
  link: Type.String({ description: "Where the person sets a password, once" }),
  code: Type.String({ description: "The code in the link" }),
  expiresAt: Type.String({ format: "date-time" }),
});
export const ResetPasswordBody = Type.Object(
  { email, code: Type.String({ minLength: 6, maxLength: 64 }), password },
  closed,
);
export const ChangePasswordBody = Type.Object({ password, newPassword: password }, closed);
