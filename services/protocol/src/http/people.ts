import Type, { type Static } from "typebox";
import { ROLE_NAMES } from "../views/people.ts";
import { PasskeyAssertion } from "./passkeys.ts";

const email = Type.String({ minLength: 3, maxLength: 256, description: "An email address" });
const password = Type.String({ minLength: 1, maxLength: 1_024, description: "8 to 256 characters" });
const otp = Type.Optional(Type.String({ maxLength: 64, description: "Code of the second factor, if there is one" }));
const passkey = Type.Optional(PasskeyAssertion);
const tag = Type.String({ minLength: 1, maxLength: 64 });
const tags = Type.Array(tag, { maxItems: 64, uniqueItems: true });
const closed = { additionalProperties: false };

export const SignInBody = Type.Object(
  {
    token: Type.Optional(Type.String({ minLength: 1, maxLength: 512 })),
    email: Type.Optional(email),
    password: Type.Optional(password),
    otp,
    passkey,
  },
  { ...closed, description: "`token`, or `email` and `password` (with `otp` or `passkey`), or `passkey` alone" },
);
export type SignInBody = Static<typeof SignInBody>;

export const LogInBody = Type.Object({ email, password, otp, passkey }, closed);
export const RefreshBody = Type.Object({ refreshToken: Type.String({ minLength: 1, maxLength: 512 }) }, closed);
export const TokenPair = Type.Object({
  accessToken: Type.String({ description: "Send it as `Authorization: Bearer <token>`" }),
  expiresAt: Type.String({ format: "date-time", description: "When the access token ends" }),
  refreshToken: Type.String({ description: "Refreshes the tokens once; a second use ends all tokens of this log-in" }),
});
export type TokenPair = Static<typeof TokenPair>;

const personName = Type.Optional(Type.String({ minLength: 1, maxLength: 128 }));

export const InvitePersonBody = Type.Object(
  {
    email,
    role: Type.Enum(ROLE_NAMES),
    tags: Type.Optional(tags),
    account: Type.Optional(Type.String()),
    userName: personName,
    givenName: personName,
    familyName: personName,
    mail: Type.Optional(
      Type.Boolean({ description: "Whether to mail the invitation, if a mail server is set; default: true" }),
    ),
  },
  closed,
);
export type InvitePersonBody = Static<typeof InvitePersonBody>;
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
  link: Type.String({ description: "The page on which the person sets a password, once" }),
  code: Type.String({ description: "The code in the link" }),
  expiresAt: Type.String({ format: "date-time" }),
});
export type PersonLinkAnswer = Static<typeof PersonLinkAnswer>;
const code = Type.String({ minLength: 6, maxLength: 64 });
const changedName = Type.Optional(
  Type.Union([Type.String({ maxLength: 128 }), Type.Null()], { description: "`null` or empty: no name" }),
);

export const FirstPasswordBody = Type.Object({ email, password }, closed);
export const ChangeNamesBody = Type.Object(
  { userName: changedName, givenName: changedName, familyName: changedName },
  { ...closed, minProperties: 1 },
);
export type ChangeNamesBody = Static<typeof ChangeNamesBody>;

export const ChangeEmailBody = Type.Object(
  { email, password: Type.Optional({ ...password, description: "Your password, if you have one" }) },
  closed,
);
export const ConfirmEmailBody = Type.Object({ code }, closed);
export const EmailLinkBody = Type.Object({ email }, closed);

export const SignUpInfo = Type.Object({
  signUp: Type.Enum(["off", "invited", "open"], { description: "Nobody, people who were invited, or everybody" }),
  mail: Type.Boolean({ description: "Whether people get mails, such as that for a forgotten password" }),
});
export type SignUpInfo = Static<typeof SignUpInfo>;
export const SignUpBody = Type.Object(
  { email, password, userName: personName, givenName: personName, familyName: personName },
  closed,
);
export const ConfirmPersonBody = Type.Object({ email, code }, closed);
export const ForgotPasswordBody = Type.Object({ email }, closed);
export const ResetPasswordBody = Type.Object({ email, code, password }, closed);
/** Does not reveal whether the person exists. */
export const AcceptedAnswer = Type.Object({ message: Type.String() });
export const ChangePasswordBody = Type.Object({ password, newPassword: password }, closed);
