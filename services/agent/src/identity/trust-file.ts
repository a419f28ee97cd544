import { createHash, X509Certificate } from "node:crypto";
import { readJson, writeDurably } from "../files/durable.ts";

/** The certificates by which the device recognises the platform. */
export interface Trust {
  /** PEM. */
  readonly roots: string;
  /** Replaces the roots, if `ca` (PEM) has a certificate. @throws Error if they can't be stored */
  accept(ca: string): void;
}

interface Stored {
  /** SHA-256 of the certificates that were given. */
  readonly given: string;
  readonly ca: string;
}

/**
 * Trusts the given certificates until the platform sends others, which are stored in the file. If other certificates
 * are given later, they replace the stored ones.
 */
export function trustFile(path: string, given: string): Trust {
  const digest = createHash("sha256").update(given).digest("hex");
  const stored = readJson(path) as Stored | undefined;
  let roots = stored?.given === digest ? stored.ca : given;
  return {
    get roots() {
      return roots;
    },

    accept(ca) {
      if (ca === roots || !hasCertificates(ca)) return;
      writeDurably(path, JSON.stringify({ given: digest, ca } satisfies Stored));
      roots = ca;
    },
  };
}

function hasCertificates(pem: string): boolean {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  try {
    return blocks.map((block) => new X509Certificate(block)).length > 0;
  } catch {
    return false;
  }
}
