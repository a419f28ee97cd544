import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from "node:crypto";
import type { PasskeyAssertion, PasskeyCreation } from "@fleetlog/protocol";
import { cborMap } from "./cbor.ts";

export type PasskeyAlgorithm = "ES256" | "EdDSA" | "RS256";

type Options = Readonly<Record<string, unknown>>;

interface Credential {
  readonly rpId: string;
  readonly userHandle: string;
  readonly id: Buffer;
  readonly privateKey: KeyObject;
}

export interface AuthenticatorOptions {
  readonly algorithm?: PasskeyAlgorithm;
  readonly counts?: boolean;
}

/** Differences from an honest answer. */
export interface Forged {
  readonly origin?: string;
  readonly rpId?: string;
  readonly challenge?: string;
  readonly type?: string;
  readonly userVerified?: boolean;
  readonly counter?: number;
  readonly otherKey?: boolean;
  readonly userHandle?: string;
  readonly attestation?: string;
}

const PRESENT = 0x01;
const VERIFIED = 0x04;
const HAS_CREDENTIAL = 0x40;

/** A browser with an authenticator in software, for tests: real keys and signatures (WebAuthn, 6 and 7). */
export class SoftwareAuthenticator {
  counter = 0;
  readonly #origin: string;
  readonly #algorithm: PasskeyAlgorithm;
  readonly #counts: boolean;
  readonly #credentials: Credential[] = [];

  constructor(origin: string, { algorithm = "ES256", counts = false }: AuthenticatorOptions = {}) {
    this.#origin = origin;
    this.#algorithm = algorithm;
    this.#counts = counts;
  }

  create(options: Options, forged: Forged = {}): PasskeyCreation {
    const { rp, user, challenge } = options as {
      readonly rp: { readonly id: string };
      readonly user: { readonly id: string };
      readonly challenge: string;
    };
    const { publicKey, privateKey } = newKey(this.#algorithm);
    const id = randomBytes(16);
    this.#credentials.push({ rpId: rp.id, userHandle: user.id, id, privateKey });
    const attested = Buffer.concat([
      Buffer.alloc(16),
      Buffer.from([0, id.length]),
      id,
      coseKey(this.#algorithm, publicKey),
    ]);
    const authData = Buffer.concat([this.#head(rp.id, HAS_CREDENTIAL, forged), attested]);
    const { attestation = "none" } = forged;
    const attestationObject = cborMap([
      ["fmt", attestation],
      ["attStmt", new Map<string, string>()],
      ["authData", authData],
    ]);
    return {
      ...named(id),
      response: {
        clientDataJSON: this.#clientData("webauthn.create", challenge, forged),
        attestationObject: attestationObject.toString("base64url"),
        transports: ["internal"],
      },
    };
  }

  /** As `navigator.credentials.get`, with the newest passkey of the site. */
  get(options: Options, forged: Forged = {}): PasskeyAssertion {
    const { rpId, challenge } = options as { readonly rpId: string; readonly challenge: string };
    const credential = this.#credentials.findLast((one) => one.rpId === rpId);
    if (credential === undefined) throw new Error(`there is no passkey for ${rpId}`);
    const authData = this.#head(rpId, 0, forged);
    const clientDataJSON = this.#clientData("webauthn.get", challenge, forged);
    const hash = createHash("sha256").update(Buffer.from(clientDataJSON, "base64url")).digest();
    const key = forged.otherKey ? newKey(this.#algorithm).privateKey : credential.privateKey;
    const digest = this.#algorithm === "EdDSA" ? null : "sha256";
    const signature = sign(digest, Buffer.concat([authData, hash]), key);
    return {
      ...named(credential.id),
      response: {
        clientDataJSON,
        authenticatorData: authData.toString("base64url"),
        signature: signature.toString("base64url"),
        userHandle: forged.userHandle ?? credential.userHandle,
      },
    };
  }

  #head(rpId: string, flags: number, { rpId: other = rpId, userVerified = true, counter }: Forged): Buffer {
    if (this.#counts) this.counter++;
    const count = Buffer.alloc(4);
    count.writeUInt32BE(counter ?? this.counter);
    const all = flags | PRESENT | (userVerified ? VERIFIED : 0);
    return Buffer.concat([createHash("sha256").update(other).digest(), Buffer.from([all]), count]);
  }

  #clientData(type: string, challenge: string, forged: Forged): string {
    const data = {
      type: forged.type ?? type,
      challenge: forged.challenge ?? challenge,
      origin: forged.origin ?? this.#origin,
      crossOrigin: false,
    };
    return Buffer.from(JSON.stringify(data)).toString("base64url");
  }
}

function named(id: Buffer) {
  const text = id.toString("base64url");
  return { id: text, rawId: text, type: "public-key" as const };
}

function newKey(algorithm: PasskeyAlgorithm) {
  if (algorithm === "ES256") return generateKeyPairSync("ec", { namedCurve: "P-256" });
  if (algorithm === "EdDSA") return generateKeyPairSync("ed25519");
  return generateKeyPairSync("rsa", { modulusLength: 2_048 });
}

/** RFC 9053, 7 and RFC 8230, 4. */
function coseKey(algorithm: PasskeyAlgorithm, key: KeyObject): Buffer {
  const { x = "", y = "", n = "", e = "" } = key.export({ format: "jwk" });
  const bytes = (text: string) => Buffer.from(text, "base64url");
  const parameters = {
    ES256: [
      [1, 2],
      [3, -7],
      [-1, 1],
      [-2, bytes(x)],
      [-3, bytes(y)],
    ],
    EdDSA: [
      [1, 1],
      [3, -8],
      [-1, 6],
      [-2, bytes(x)],
    ],
    RS256: [
      [1, 3],
      [3, -257],
      [-1, bytes(n)],
      [-2, bytes(e)],
    ],
  } satisfies Record<PasskeyAlgorithm, [number, number | Buffer][]>;
  return cborMap(parameters[algorithm] as [number, number | Buffer][]);
}
