import Type, { type Static } from "typebox";
import { DEFINITION_NAME } from "../views/device-types.ts";
import { NameText } from "./devices.ts";
import { UNPAGED } from "./unpaged.ts";

const closed = { additionalProperties: false };
const account = Type.Optional(Type.String({ maxLength: 128 }));
const pem = (maxLength: number, description: string) => Type.String({ minLength: 1, maxLength, description });

export const RegistrationCodeBody = Type.Union([Type.Object({ account }, closed), Type.Null()]);

export const RegistrationCode = Type.Object({
  code: Type.String({
    description: "Text to sign with the authority's key; or common name of a certificate that the authority signs",
  }),
  expiresAt: Type.String({ format: "date-time" }),
});
export type RegistrationCode = Static<typeof RegistrationCode>;

export const AddAuthorityBody = Type.Object(
  {
    name: NameText,
    certificate: pem(16_384, "The certificate of the authority that directly signs devices' certificates, PEM"),
    code: Type.String({ minLength: 1, maxLength: 128, description: "A registration code of the same account" }),
    verification: Type.Optional(
      pem(
        16_384,
        "A certificate that the authority has signed, PEM; its common name is the code. Give this or `signature`",
      ),
    ),
    signature: Type.Optional(
      pem(4_096, "The code signed with the authority's key and SHA-256, base64. Give this or `verification`"),
    ),
    account,
    group: Type.Optional(
      Type.String({
        ...DEFINITION_NAME,
        description: "Only devices that are in this group of the account; default: all",
      }),
    ),
  },
  closed,
);
export type AddAuthorityBody = Static<typeof AddAuthorityBody>;

export const AuthorityResource = Type.Object({
  id: Type.String(),
  name: Type.String(),
  account: Type.String({ description: "The authority's certificates count for devices of this account" }),
  group: Type.Optional(Type.String({ description: "Only for devices that are in this group" })),
  subject: Type.String(),
  fingerprint: Type.String({ description: "SHA-256 of its certificate, hexadecimal" }),
  notAfter: Type.String({ description: "When its certificate expires" }),
  certificate: Type.String({ description: "PEM" }),
  addedAt: Type.String(),
  addedBy: Type.String(),
  list: Type.Optional(
    Type.Object(
      {
        revoked: Type.Integer({ description: "Number of certificates that the list revokes" }),
        thisUpdate: Type.String(),
        nextUpdate: Type.Optional(Type.String({ description: "When the next list is due" })),
      },
      { description: "The authority's revocation list, if one was given" },
    ),
  ),
});
export type AuthorityResource = Static<typeof AuthorityResource>;

export const AuthorityList = Type.Object({
  items: Type.Array(AuthorityResource, { description: "The oldest first" }),
  ...UNPAGED,
});
export type AuthorityList = Static<typeof AuthorityList>;

export const ReplaceAuthorityListBody = Type.Object(
  { list: pem(524_288, "A revocation list that the authority has signed, PEM (X509 CRL)") },
  closed,
);
