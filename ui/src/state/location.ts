import { Store } from "./store.ts";

/** Where the page is. `key` names the entry of the browser's history. */
export interface Place {
  readonly path: string;
  readonly search: string;
  readonly key: string;
}

/** What a history entry remembers. `index`: its place in the history, so that a step can be taken back. */
interface Entry {
  readonly key: string;
  readonly index: number;
}

/** Somebody who would lose something when another page is shown. */
export interface LeaveGuard {
  needed(): boolean;
  ask(): Promise<boolean>;
}

function entry(): Entry {
  const { key = "first", index = 0 } = (window.history.state ?? {}) as Partial<Entry>;
  return { key, index };
}

function here(): Place {
  const { pathname: path, search } = window.location;
  return { path, search, key: entry().key };
}

export const place = new Store<Place>(here());
let index = entry().index;
let guard: LeaveGuard | undefined;

window.addEventListener("popstate", () => {
  const next = here();
  const steps = entry().index - index;
  if (next.path !== place.value.path && steps !== 0 && guard?.needed()) {
    // The browser has gone already: back to where the page still is, and on if that is agreed to.
    window.history.go(-steps);
    void leave(() => window.history.go(steps));
    return;
  }
  index = entry().index;
  place.set(next);
});

/** Goes to a path of this application, such as `/devices/pump-1?category=session`. */
export function navigate(to: string, how: "push" | "replace" = "push"): void {
  const url = new URL(to, window.location.href);
  if (how === "push" && url.pathname !== place.value.path && guard?.needed()) {
    void leave(() => navigate(to));
    return;
  }
  const target = url.pathname + url.search;
  const stay = how === "replace" || target === window.location.pathname + window.location.search;
  const key = stay ? place.value.key : crypto.randomUUID();
  if (!stay) index++;
  const state: Entry = { key, index };
  window.history[stay ? "replaceState" : "pushState"](state, "", target);
  place.set(here());
}

/** Asks before another page is shown, one guard at a time. @returns what ends it */
export function guardLeaving(one: LeaveGuard): () => void {
  guard = one;
  return () => {
    if (guard === one) guard = undefined;
  };
}

async function leave(go: () => void): Promise<void> {
  const asked = guard;
  if (!(await asked?.ask())) return;
  if (guard === asked) guard = undefined;
  go();
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
