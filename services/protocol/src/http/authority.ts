import Type, { type Static } from "typebox";
import { UNPAGED } from "./unpaged.ts";

export const IssuingAuthority = Type.Object({
  subject: Type.String(),
  fingerprint: Type.String({ description: "SHA-256 of the certificate, hexadecimal" }),
  notAfter: Type.String({ description: "When it expires" }),
  state: Type.Enum(["issuing", "accepted", "withdrawn"], {
    description:
      "`issuing`: signs new certificates. `accepted`: replaced, but its certificates are still accepted. `withdrawn`: they are refused",
  }),
  until: Type.Optional(
    Type.String({ description: "When its certificates begin to be refused; only if it is `accepted`" }),
  ),
  withdrawnBy: Type.Optional(
    Type.String({ description: "Id of the person who has withdrawn it before the end of its overlap" }),
  ),
});
export type IssuingAuthority = Static<typeof IssuingAuthority>;

export const IssuingAuthorityList = Type.Object({
  items: Type.Array(IssuingAuthority, {
    description: "The present certificate, then the replaced ones, newest first",
  }),
  ...UNPAGED,
});
export type IssuingAuthorityList = Static<typeof IssuingAuthorityList>;
