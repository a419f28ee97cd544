import type { Sealer } from "../installation/sealer.ts";

/** Length of an id: 132 bits. */
const ID_CHARS = 22;

/** Makes ids of claim codes. They are keyed hashes: plain ones would reveal the short codes that vendors may choose. */
export function claimCodeIds(sealer: Pick<Sealer, "hash">): (normal: string) => string {
  return (normal) => sealer.hash("claim-code", normal).slice(0, ID_CHARS);
}
