import { createPublicKey, type KeyObject, sign } from "node:crypto";

const SEQUENCE = 0x30;
const SET = 0x31;
const INTEGER = 0x02;
const BIT_STRING = 0x03;
const NULL = 0x05;
const OBJECT_ID = 0x06;
const UTF8_STRING = 0x0c;
const ATTRIBUTES = 0xa0;
const COMMON_NAME = Buffer.from("550403", "hex");
const ECDSA_WITH_SHA256 = Buffer.from("2a8648ce3d040302", "hex");
const RSA_WITH_SHA256 = Buffer.from("2a864886f70d01010b", "hex");

/**
 * A signing request (PKCS #10, RFC 2986) in PEM that has only a common name. An X.509 library would be the largest part
 * of a device's program.
 */
export function signingRequest(commonName: string, key: KeyObject): string {
  const name = der(SEQUENCE, der(SET, der(SEQUENCE, der(OBJECT_ID, COMMON_NAME), text(commonName))));
  const publicKey = createPublicKey(key).export({ format: "der", type: "spki" });
  const content = der(SEQUENCE, der(INTEGER, Buffer.from([0])), name, publicKey, der(ATTRIBUTES));
  const algorithm =
    key.asymmetricKeyType === "rsa"
      ? der(SEQUENCE, der(OBJECT_ID, RSA_WITH_SHA256), der(NULL))
      : der(SEQUENCE, der(OBJECT_ID, ECDSA_WITH_SHA256));
  const signature = der(BIT_STRING, Buffer.from([0]), sign("sha256", content, key));
  const lines = der(SEQUENCE, content, algorithm, signature)
    .toString("base64")
    .replace(/.{1,64}/g, "$&\n");
  return `-----BEGIN CERTIFICATE REQUEST-----\n${lines}-----END CERTIFICATE REQUEST-----\n`;
}

function text(value: string): Buffer {
  return der(UTF8_STRING, Buffer.from(value));
}

function der(tag: number, ...parts: readonly Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  const { length } = content;
  if (length < 0x80) return Buffer.concat([Buffer.from([tag, length]), content]);
  const bytes = length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...bytes]), content]);
}
