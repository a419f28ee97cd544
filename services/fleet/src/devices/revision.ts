import { createHash } from "node:crypto";
import { MAIN_ACCOUNT } from "@fleetlog/domain";

/** The attributes of a device that a person may change. */
export interface Changeable {
  readonly account?: string | undefined;
  readonly name?: string | undefined;
  readonly tags: readonly string[];
  /** The device type that a person has set. */
  readonly type?: string | undefined;
}

/** A hash of the changeable attributes. No view stores it, and a device's own reports do not change it. */
export function revisionOf({ account = MAIN_ACCOUNT, name, tags, type }: Changeable): string {
  const more = [...(account === MAIN_ACCOUNT ? [] : [account]), ...(type === undefined ? [] : [{ type }])];
  return createHash("sha256")
    .update(JSON.stringify([name ?? null, [...tags].sort(), ...more]))
    .digest("base64url")
    .slice(0, 16);
}
