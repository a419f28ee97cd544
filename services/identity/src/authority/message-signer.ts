import { type KeyObject, sign, X509Certificate } from "node:crypto";
import type { Authority } from "./authority.ts";
import { newKeys } from "./keys.ts";

const LIFETIME_MS = 30 * 86_400_000;
const RENEW_MS = LIFETIME_MS / 2;

/** Signs messages that devices verify. */
export interface MessageSigner {
  /**
   * A compact JWS (RFC 7515) of the payload as JSON: ES256, with the chain to the authority's root in `x5c`.
   * @throws FleetError `log-unavailable` while the authority can't be reached
   */
  sign(payload: unknown): Promise<string>;
}

interface Signing {
  readonly key: KeyObject;
  /** The protected header, base64url. */
  readonly header: string;
}

/** The key exists in this process only. Devices verify its certificate, so nodes need no common key. */
export function messageSigner(authority: Pick<Authority, "chain" | "issueSigner">, clock: () => number): MessageSigner {
  let current: Promise<Signing> | undefined;
  let madeAt = 0;
  let madeOf = "";

  async function make(): Promise<Signing> {
    const { publicKey, privateKey } = await newKeys();
    const chain = await authority.issueSigner(publicKey, LIFETIME_MS);
    const x5c = chain.split(/(?<=-----END CERTIFICATE-----\n)/).map((pem) => new X509Certificate(pem).raw);
    const header = { alg: "ES256", x5c: x5c.map((der) => der.toString("base64")) };
    return { key: privateKey, header: encoded(header) };
  }

  async function signing(): Promise<Signing> {
    const chain = await authority.chain();
    if (current === undefined || clock() - madeAt > RENEW_MS || madeOf !== chain) {
      madeAt = clock();
      madeOf = chain;
      const made = make();
      current = made;
      made.catch(() => {
        if (current === made) current = undefined;
      });
    }
    return current;
  }

  return {
    async sign(payload) {
      const { key, header } = await signing();
      const signed = `${header}.${encoded(payload)}`;
      // RFC 7518, 3.4: the signature is R and S, not DER.
      const signature = sign("sha256", Buffer.from(signed), { key, dsaEncoding: "ieee-p1363" });
      return `${signed}.${signature.toString("base64url")}`;
    },
  };
}

function encoded(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}
