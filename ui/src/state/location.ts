import { Store } from "./store.ts";

/** Where the page is. `key` names the entry of the browser's history. */
export interface Place {
  readonly path: string;
  readonly search: string;
  readonly key: string;
}

function here(): Place {
  const { pathname: path, search } = window.location;
  return { path, search, key: (window.history.state as { key?: string } | null)?.key ?? "first" };
}

export const place = new Store<Place>(here());

window.addEventListener("popstate", () => place.set(here()));

/** Goes to a path of this application, such as `/devices/pump-1?category=session`. */
export function navigate(to: string, how: "push" | "replace" = "push"): void {
  const url = new URL(to, window.location.href);
  const target = url.pathname + url.search;
  const same = target === window.location.pathname + window.location.search;
  const key = how === "replace" || same ? place.value.key : crypto.randomUUID();
  window.history[how === "replace" || same ? "replaceState" : "pushState"]({ key }, "", target);
  place.set(here());
}

/** Lets links work as links do, and yet stay in the application. */
export function followLinks(event: MouseEvent): void {
  if (event.defaultPrevented || event.button !== 0) return;
  if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  const link = event.composedPath().find((node) => node instanceof HTMLAnchorElement);
  if (link === undefined || link.target || link.hasAttribute("download") || link.origin !== window.location.origin)
    return;
  // Same-page fragments, and what the gateway serves itself, are the browser's.
  if (link.pathname.startsWith("/api/") || link.hash) return;
  event.preventDefault();
  navigate(link.pathname + link.search);
}
