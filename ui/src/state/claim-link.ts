import { linkCode } from "./link-code.ts";
import { paths } from "./paths.ts";

/** The claim code of a printed link. */
export const takeClaimCode = linkCode(paths.claim);

export function claimLink(code: string): string {
  return `${window.location.origin}${paths.claim}#${new URLSearchParams({ code })}`;
}
