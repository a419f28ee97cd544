import { createHash } from "node:crypto";
import { isDeviceId } from "@fleetlog/domain";

const MAX_READABLE = 100;
const HASH_DIGITS = 12;

/**
 * The id of a device whose system knows only client ids: the client id itself if it is a valid id, otherwise its valid
 * characters and a hash. The same client id always gives the same device id.
 */
export function madeDeviceId(clientId: string): string {
  const isValid: boolean = isDeviceId(clientId);
  if (isValid) return clientId;
  const hash = createHash("sha256").update(clientId).digest("hex").slice(0, HASH_DIGITS);
  const readable = clientId
    .replaceAll(/[^A-Za-z0-9_:-]+/g, "-")
    .replace(/^[^A-Za-z0-9]+/, "")
    .slice(0, MAX_READABLE)
    .replace(/-+$/, "");
  return readable === "" ? hash : `${readable}-${hash}`;
}
