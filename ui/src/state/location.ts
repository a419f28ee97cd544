import { basePath } from "../data/base.ts";
import { Store } from "./store.ts";

/** A page's address. `key` identifies the entry of the browser's history. */
export interface PageLocation {
  readonly path: string;
  readonly search: string;
  readonly key: string;
}

/**
 * State of an entry of the browser's history. `index`: its position, for undoing a step; `from`: address of the page
 * before.
 */
interface Entry {
  readonly key: string;
  readonly index: number;
  readonly from?: string;
}

/** Asks before another page discards the operator's input. */
export interface LeaveGuard {
  needed(): boolean;
  ask(): Promise<boolean>;
}

function entry(): Entry {
  const { key = "first", index = 0, from } = (window.history.state ?? {}) as Partial<Entry>;
  return { key, index, ...(from !== undefined && { from }) };
}

function currentLocation(): PageLocation {
  const { pathname: path, search } = window.location;
  return { path, search, key: entry().key };
}

export const pageLocation = new Store<PageLocation>(currentLocation());
/** The last address of each page, by path. */
const left = new Map<string, string>();
pageLocation.subscribe(({ path, search }) => left.set(path, path + search));
left.set(pageLocation.value.path, pageLocation.value.path + pageLocation.value.search);
let index = entry().index;
let guard: LeaveGuard | undefined;

window.addEventListener("popstate", () => {
  const next = currentLocation();
  const steps = entry().index - index;
  if (next.path !== pageLocation.value.path && steps !== 0 && guard?.needed()) {
    // The browser has changed the URL already: undo the step, and repeat it after a confirmation.
    window.history.go(-steps);
    void leave(() => window.history.go(steps));
    return;
  }
  index = entry().index;
  pageLocation.set(next);
});

/** @param to a path of this application, such as `/devices/pump-1?category=session` */
export function navigate(to: string, how: "push" | "replace" = "push"): void {
  const url = new URL(to, window.location.href);
  if (how === "push" && url.pathname !== pageLocation.value.path && guard?.needed()) {
    void leave(() => navigate(to));
    return;
  }
  const target = url.pathname + url.search;
  const stay = how === "replace" || target === window.location.pathname + window.location.search;
  const before = window.location.pathname + window.location.search;
  if (!stay) index++;
  const state: Entry = stay ? { ...entry(), index } : { key: crypto.randomUUID(), index, from: before };
  window.history[stay ? "replaceState" : "pushState"](state, "", target);
  pageLocation.set(currentLocation());
}

/** The last address of a page, with filters and order. */
export function addressLeft(path: string): string {
  const { from } = entry();
  return from !== undefined && pathOf(from) === path ? from : (left.get(path) ?? path);
}

/** Returns to the last address of a page. A step back in the history also restores the scrolling. */
export function returnTo(path: string): void {
  const { from } = entry();
  if (from !== undefined && pathOf(from) === path) window.history.back();
  else navigate(addressLeft(path));
}

function pathOf(address: string): string {
  return new URL(address, window.location.href).pathname;
}

/**
 * Asks for confirmation before another page is shown; one guard at a time.
 * @returns a function that removes the guard
 */
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

/** Handles clicks on links within the application, so that the browser does not load it again. */
export function followLinks(event: MouseEvent): void {
  if (event.defaultPrevented || event.button !== 0) return;
  if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  const link = event.composedPath().find((node) => node instanceof HTMLAnchorElement);
  if (link === undefined || link.target || link.hasAttribute("download") || link.origin !== window.location.origin)
    return;
  // The browser handles fragments and the API.
  if (!link.pathname.startsWith(basePath) || link.pathname.startsWith(`${basePath}api/`) || link.hash) return;
  event.preventDefault();
  navigate(link.pathname + link.search);
}
