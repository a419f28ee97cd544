import type { IncomingHttpHeaders } from "node:http";
import { FleetError, invalid } from "@fleetlog/domain";
import type { DeclaredDigests } from "@fleetlog/fleet";

const ALGORITHMS = {
  "sha-256": { name: "sha256", bytes: 32 },
  sha: { name: "sha1", bytes: 20 },
} as const;

const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/;

/**
 * Hashes in `Content-Digest`, `Repr-Digest` (RFC 9530) or `Digest` (RFC 3230).
 * @throws FleetError `invalid-request` if a header is malformed, has no known algorithm, or two hashes differ
 */
export function declaredDigests(headers: IncomingHttpHeaders): DeclaredDigests {
  const found: { sha256?: string; sha1?: string } = {};
  for (const header of ["content-digest", "repr-digest", "digest"]) {
    const text = headers[header];
    if (typeof text !== "string") continue;
    let checked = false;
    for (const member of text.split(",")) {
      const [, key = "", value = ""] = /^\s*([A-Za-z0-9-]+)=(.*?)\s*$/.exec(member) ?? [];
      if (key === "") throw invalid(header, `${header} must have the form sha-256=:<base64>:`);
      const algorithm = ALGORITHMS[key.toLowerCase() as keyof typeof ALGORITHMS];
      if (algorithm === undefined) continue;
      const hash = hexOf(header === "digest" ? value : /^:(.*):$/.exec(value)?.[1], algorithm.bytes);
      if (hash === undefined) throw invalid(header, `${header} has no ${key} of ${algorithm.bytes} bytes in base64`);
      if ((found[algorithm.name] ?? hash) !== hash) throw invalid(header, `${header} differs from another digest`);
      found[algorithm.name] = hash;
      checked = true;
    }
    if (!checked) {
      throw new FleetError("invalid-request", `${header} has no algorithm that can be checked here`, {
        field: header,
        advice: "Use sha-256.",
      });
    }
  }
  return found;
}

function hexOf(base64: string | undefined, length: number): string | undefined {
  if (base64 === undefined || !BASE64.test(base64)) return undefined;
  const bytes = Buffer.from(base64, "base64");
  return bytes.length === length ? bytes.toString("hex") : undefined;
}

export function reprDigest(sha256: string): string {
  return `sha-256=:${Buffer.from(sha256, "hex").toString("base64")}:`;
}
