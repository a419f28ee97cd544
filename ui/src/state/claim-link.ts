import { paths } from "./paths.ts";

/** The claim code of a printed link, in memory only. */
let code: string | undefined = read();

window.addEventListener("hashchange", () => {
  code = read() ?? code;
});

/** Removes the code from URL and history at once. Browsers do not send fragments to servers. */
function read(): string | undefined {
  const { pathname, search, hash } = window.location;
  const found = new URLSearchParams(hash.slice(1)).get("code");
  if (pathname !== paths.claim || found === null) return undefined;
  window.history.replaceState(window.history.state, "", pathname + search);
  return found;
}

export function takeClaimCode(): string | undefined {
  const taken = code;
  code = undefined;
  return taken;
}

export function claimLink(code: string): string {
  return `${window.location.origin}${paths.claim}#${new URLSearchParams({ code })}`;
}
