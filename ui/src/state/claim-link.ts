import { paths } from "./paths.ts";

/** The claim code of a printed link. It is kept in memory only. */
let code: string | undefined = read();

window.addEventListener("hashchange", () => {
  code = read() ?? code;
});

/** A code in the fragment is not sent to any server. It is removed from the URL and the history at once. */
function read(): string | undefined {
  const { pathname, search, hash } = window.location;
  const found = new URLSearchParams(hash.slice(1)).get("code");
  if (pathname !== paths.claim || found === null) return undefined;
  window.history.replaceState(window.history.state, "", pathname + search);
  return found;
}

/** The code of the link by which the application was opened, once. */
export function takeClaimCode(): string | undefined {
  const taken = code;
  code = undefined;
  return taken;
}

/** The address that a QR code has. */
export function claimLink(code: string): string {
  return `${window.location.origin}${paths.claim}#${new URLSearchParams({ code })}`;
}
