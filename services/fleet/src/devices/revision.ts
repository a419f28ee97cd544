import { createHash } from "node:crypto";
import { MAIN_ACCOUNT } from "@fleetlog/domain";

/** The attributes of a device that a person may change. */
export interface Changeable {
  readonly account?: string | undefined;
  readonly name?: string | undefined;
  readonly tags: readonly string[];
  /** The device type that was set for it. */
  readonly type?: string | undefined;
}

/**
 * The revision of the attributes of a device that a person may change. It is a hash of these attributes, so that no
 * view has to store it, and so that a device's own reports do not change it.
 */
export function revisionOf({ account = MAIN_ACCOUNT, name, tags, type }: Changeable): string {
  const more = [...(account === MAIN_ACCOUNT ? [] : [account]), ...(type === undefined ? [] : [{ type }])];
  return createHash("sha256")
    .update(JSON.stringify([name ?? null, [...tags].sort(), ...more]))
    .digest("base64url")
    .slice(0, 16);
}
