import Type, { type Static } from "typebox";
import { UNPAGED } from "./unpaged.ts";

const issued = {
  serial: Type.String({ description: "32 hexadecimal digits" }),
  notAfter: Type.String({ format: "date-time", description: "When the certificate expires" }),
};

export const IssueCertificate = Type.Object(
  {
    csr: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 8_192,
        description:
          "Signing request (PKCS #10, PEM) whose subject is exactly the common name of the device. Without it, the gateway makes the key",
      }),
    ),
    keyType: Type.Optional(
      Type.Enum(["P-256", "RSA-2048"], { description: "Kind of a key that the gateway makes; default `P-256`" }),
    ),
  },
  { additionalProperties: false },
);
export const IssueCertificateBody = Type.Union([IssueCertificate, Type.Null()]);

export const IssuedCertificate = Type.Object({
  ...issued,
  certificate: Type.String({ description: "PEM" }),
  ca: Type.String({ description: "The certificates of the authority, PEM" }),
  key: Type.Optional(Type.String({ description: "The private key (PKCS #8, PEM), only in this answer" })),
});

export const DeviceCertificates = Type.Object({
  items: Type.Array(
    Type.Object({
      ...issued,
      issuer: Type.String({ description: "Subject of the authority that has signed the certificate" }),
    }),
  ),
  ...UNPAGED,
});
export type DeviceCertificates = Static<typeof DeviceCertificates>;
