import { createHash } from "node:crypto";

/** What a person may change of a device. */
export interface Changeable {
  readonly name?: string | undefined;
  readonly tags: readonly string[];
}

/**
 * The revision of what a person may change of a device. It is made of the content, so that no view has to store it, and that
 * a device's own reports do not change it.
 */
export function revisionOf({ name, tags }: Changeable): string {
  return createHash("sha256")
    .update(JSON.stringify([name ?? null, [...tags].sort()]))
    .digest("base64url")
    .slice(0, 16);
}
