/**
 * Keeps the code in the fragment of a link to this page, in memory only, until it is taken. The code is removed from
 * the URL and the browser's history at once. Browsers do not send fragments to servers.
 */
export function linkCode(page: string): () => string | undefined {
  const read = () => {
    const { pathname, search, hash } = window.location;
    const found = new URLSearchParams(hash.slice(1)).get("code");
    if (pathname !== page || found === null) return undefined;
    window.history.replaceState(window.history.state, "", pathname + search);
    return found;
  };
  let code = read();
  window.addEventListener("hashchange", () => {
    code = read() ?? code;
  });
  return () => {
    const taken = code;
    code = undefined;
    return taken;
  };
}
