import type { Sealer } from "../installation/sealer.ts";

/** 132 bits of the hash name a code. */
const ID_CHARS = 22;

/** Makes the ids of claim codes: keyed hashes, because a vendor may have chosen short codes. */
export function claimCodeIds(sealer: Pick<Sealer, "hash">): (normal: string) => string {
  return (normal) => sealer.hash("claim-code", normal).slice(0, ID_CHARS);
}
