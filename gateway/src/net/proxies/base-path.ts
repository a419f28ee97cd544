/** The path of the public URL with a slash at its end, such as `/fleet/`. */
export function basePathOf(publicUrl: string | undefined): string {
  return publicUrl === undefined ? "/" : new URL(publicUrl).pathname;
}

/** A request's path without the base path, which a proxy may have removed already. */
export function withoutBase(url: string, base: string): string {
  if (base === "/") return url;
  if (url.startsWith(base)) return url.slice(base.length - 1);
  const root = base.slice(0, -1);
  return url === root || url.startsWith(`${root}?`) ? `/${url.slice(root.length)}` : url;
}
