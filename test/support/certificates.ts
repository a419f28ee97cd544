import { generateKeyPairSync, type KeyObject, randomBytes, sign } from "node:crypto";
import { bits, boolean, explicit, integer, octets, oid, pem, sequence, set, tagged, time, utf8 } from "./der.ts";

/* Certificates and revocation lists (RFC 5280) that the openssl command can hardly create: expired, of the wrong
   purpose or with two names. */

const HOUR = 3_600_000;
const ECDSA_WITH_SHA256 = sequence(oid("1.2.840.10045.4.3.2"));
const COMMON_NAME = oid("2.5.4.3");
const USAGES = { client: "1.3.6.1.5.5.7.3.2", server: "1.3.6.1.5.5.7.3.1" };
const DIGITAL_SIGNATURE = bits(Buffer.from([0x80]), 7);
const KEY_CERT_AND_CRL_SIGN = bits(Buffer.from([0x06]), 1);

export interface Lifetime {
  readonly notBefore?: Date;
  readonly notAfter?: Date;
}

export interface IssuedOptions extends Lifetime {
  readonly names: readonly string[];
  /** Extended key usage; `any` omits the extension. */
  readonly usage?: "client" | "server" | "any";
}

export interface Issued {
  /** PEM. */
  readonly cert: string;
  /** PEM. */
  readonly key: string;
  readonly serial: Buffer;
}

interface Content extends Lifetime {
  readonly subject: Buffer;
  readonly publicKey: KeyObject;
  readonly extensions: readonly Buffer[];
}

export class Authority {
  readonly cert: string;
  readonly #name: Buffer;
  readonly #key: KeyObject;

  /** @param above signs this authority's certificate; default: self-signed */
  constructor(name = "Test CA", above?: Authority, lifetime: Lifetime = {}) {
    const { publicKey, privateKey } = newKeys();
    this.#name = nameOf([name]);
    this.#key = privateKey;
    const extensions = [
      extension("2.5.29.19", sequence(boolean(true)), true),
      extension("2.5.29.15", KEY_CERT_AND_CRL_SIGN, true),
    ];
    this.cert = (above ?? this).#sign({ subject: this.#name, publicKey, extensions, ...lifetime }).cert;
  }

  issue({ names, usage = "client", ...lifetime }: IssuedOptions): Issued {
    const { publicKey, privateKey } = newKeys();
    const extensions = [extension("2.5.29.15", DIGITAL_SIGNATURE, true)];
    if (usage !== "any") extensions.push(extension("2.5.29.37", sequence(oid(USAGES[usage]))));
    // Servers of tests listen on 127.0.0.1.
    if (usage === "server")
      extensions.push(extension("2.5.29.17", sequence(tagged(0x87, Buffer.from([127, 0, 0, 1])))));
    const signed = this.#sign({ subject: nameOf(names), publicKey, extensions, ...lifetime });
    return { ...signed, key: privateKey.export({ format: "pem", type: "pkcs8" }).toString() };
  }

  revoke(serials: readonly Buffer[], nextUpdate = new Date(Date.now() + HOUR)): string {
    const before = new Date(Math.min(Date.now(), nextUpdate.getTime()) - HOUR);
    const entries = serials.map((serial) => sequence(integer(serial), time(before)));
    const parts = [integer(Buffer.from([1])), ECDSA_WITH_SHA256, this.#name, time(before), time(nextUpdate)];
    if (entries.length > 0) parts.push(sequence(...entries));
    return pem("X509 CRL", this.#signed(sequence(...parts)));
  }

  #sign({ subject, publicKey, extensions, notBefore, notAfter }: Content): { cert: string; serial: Buffer } {
    // DER omits leading zeros: the first byte must not be zero.
    const serial = Buffer.concat([Buffer.from([0x40]), randomBytes(15)]);
    const from = notBefore ?? new Date(Date.now() - HOUR);
    const until = notAfter ?? new Date(Date.now() + HOUR);
    const content = sequence(
      explicit(0, integer(Buffer.from([2]))),
      integer(serial),
      ECDSA_WITH_SHA256,
      this.#name,
      sequence(time(from), time(until)),
      subject,
      publicKey.export({ format: "der", type: "spki" }),
      explicit(3, sequence(...extensions)),
    );
    return { cert: pem("CERTIFICATE", this.#signed(content)), serial };
  }

  #signed(content: Buffer): Buffer {
    return sequence(content, ECDSA_WITH_SHA256, bits(sign("sha256", content, this.#key)));
  }
}

export function signingRequest(name: string): string {
  const { publicKey, privateKey } = newKeys();
  const subject = nameOf([name]);
  const key = publicKey.export({ format: "der", type: "spki" });
  const content = sequence(integer(Buffer.from([0])), subject, key, tagged(0xa0, Buffer.alloc(0)));
  const signature = bits(sign("sha256", content, privateKey));
  return pem("CERTIFICATE REQUEST", sequence(content, ECDSA_WITH_SHA256, signature));
}

function newKeys(): { publicKey: KeyObject; privateKey: KeyObject } {
  return generateKeyPairSync("ec", { namedCurve: "P-256" });
}

function nameOf(commonNames: readonly string[]): Buffer {
  return sequence(...commonNames.map((name) => set(sequence(COMMON_NAME, utf8(name)))));
}

function extension(id: string, value: Buffer, critical = false): Buffer {
  return critical ? sequence(oid(id), boolean(true), octets(value)) : sequence(oid(id), octets(value));
}
