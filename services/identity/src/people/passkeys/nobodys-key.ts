import { generateKeyPairSync } from "node:crypto";
import { isoCBOR } from "@simplewebauthn/server/helpers";

let made: Uint8Array<ArrayBuffer> | undefined;

/** An ES256 key (COSE) without its private half, for checking answers of unknown passkeys. */
export function nobodysKey(): Uint8Array<ArrayBuffer> {
  if (made !== undefined) return made;
  const { x = "", y = "" } = generateKeyPairSync("ec", { namedCurve: "P-256" }).publicKey.export({ format: "jwk" });
  const point = (text: string) => new Uint8Array(Buffer.from(text, "base64url"));
  const key = new Map<number, number | Uint8Array>([
    [1, 2],
    [3, -7],
    [-1, 1],
    [-2, point(x)],
    [-3, point(y)],
  ]);
  made = new Uint8Array(isoCBOR.encode(key));
  return made;
}
