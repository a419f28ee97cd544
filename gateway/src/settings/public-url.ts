import type { Setting } from "@fleetlog/runtime/node";

/** Where browsers reach the pages. */
export interface PublicUrl {
  readonly origin: string;
  /** Path of the pages, without a slash at its end: `/fleet`, or empty. */
  readonly base: string;
}

const BASE = /^(?:\/[A-Za-z0-9._~-]+)*$/;

export const publicUrl: Setting<PublicUrl | undefined> = {
  description:
    "Where browsers reach the pages through a proxy: this origin may sign in, and the pages are under its path",
  accepts: "a URL such as `https://fleet.example/fleet/`",
  fallback: undefined,
  read(text) {
    const url = URL.parse(text);
    if (
      url === null ||
      !/^https?:$/.test(url.protocol) ||
      url.username !== "" ||
      url.search !== "" ||
      url.hash !== ""
    ) {
      return undefined;
    }
    const base = url.pathname.replace(/\/$/, "");
    return BASE.test(base) ? { origin: url.origin, base } : undefined;
  },
};
