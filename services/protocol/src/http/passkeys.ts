import Type, { type Static } from "typebox";
import { NameText } from "./devices.ts";
import { UNPAGED } from "./unpaged.ts";

const closed = { additionalProperties: false };
const bytes = (maxLength: number) =>
  Type.String({ minLength: 1, maxLength, pattern: "^[A-Za-z0-9_-]+$", accepts: "bytes as base64url" });
const id = bytes(1_400);
const clientDataJSON = bytes(8_192);

/** What `PublicKeyCredential.toJSON()` makes of an answer; further members are ignored. */
const credential = { id, rawId: id, type: Type.Literal("public-key") };
export const PasskeyAssertion = Type.Object(
  {
    ...credential,
    response: Type.Object({
      clientDataJSON,
      authenticatorData: bytes(4_096),
      signature: bytes(4_096),
      userHandle: Type.Optional(Type.Union([bytes(128), Type.Null()])),
    }),
  },
  {
    description:
      "The browser's answer to `POST /api/session/passkeys/challenge` (WebAuthn `AuthenticationResponseJSON`)",
  },
);
export type PasskeyAssertion = Static<typeof PasskeyAssertion>;

export const PasskeyCreation = Type.Object(
  {
    ...credential,
    response: Type.Object({
      clientDataJSON,
      attestationObject: bytes(16_384),
      transports: Type.Optional(Type.Array(Type.String({ maxLength: 32 }), { maxItems: 16 })),
    }),
  },
  { description: "The browser's answer to `POST /api/session/passkeys/options` (WebAuthn `RegistrationResponseJSON`)" },
);
export type PasskeyCreation = Static<typeof PasskeyCreation>;

/** Proves that the caller is the person, and not somebody at the person's open browser. */
export const ProofBody = Type.Object(
  {
    password: Type.Optional(Type.String({ minLength: 1, maxLength: 1_024, description: "The caller's password" })),
    otp: Type.Optional(
      Type.String({ minLength: 1, maxLength: 64, description: "Or a code of the second factor, or a recovery code" }),
    ),
  },
  { ...closed, minProperties: 1 },
);
export type ProofBody = Static<typeof ProofBody>;

/** Proves again, as a sign-in does, that the caller is the person. */
export const SignInProofBody = Type.Object(
  {
    ...ProofBody.properties,
    passkey: Type.Optional(PasskeyAssertion),
    token: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 256,
        description: "Or the installation's token, for somebody who signed in with it",
      }),
    ),
  },
  { ...closed, minProperties: 1 },
);
export type SignInProofBody = Static<typeof SignInProofBody>;

export const AddPasskeyBody = Type.Object({ name: NameText, credential: PasskeyCreation }, closed);
export const RenamePasskeyBody = Type.Object({ name: NameText }, closed);

export const PasskeyResource = Type.Object({
  id: Type.String(),
  name: Type.String(),
  site: Type.String({ description: "Host name of the pages for which browsers offer the passkey" }),
  addedAt: Type.String({ format: "date-time" }),
  usedAt: Type.Optional(Type.String({ format: "date-time", description: "The last sign-in with the passkey" })),
});
export type PasskeyResource = Static<typeof PasskeyResource>;

export const PasskeyList = Type.Object({
  items: Type.Array(PasskeyResource, { description: "All passkeys, the oldest first" }),
  ...UNPAGED,
  unavailable: Type.Optional(Type.String({ description: "Why the pages' address can have no passkeys" })),
});
export type PasskeyList = Static<typeof PasskeyList>;

export const PasskeyOptions = Type.Record(Type.String(), Type.Unknown(), {
  description: "Options for the browser, as WebAuthn describes them in JSON. Their challenge ends after five minutes",
});
