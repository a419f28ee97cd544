import type { Setting } from "@fleetlog/runtime/node";

/** The origin where browsers reach the pages. */
export const publicUrl: Setting<string | undefined> = {
  description: "Where browsers reach the pages, if a proxy does not send their Host: pages of this origin may sign in",
  accepts: "a URL without a path, such as `https://fleet.example`",
  fallback: undefined,
  read(text) {
    const url = URL.parse(text);
    if (url === null || !/^https?:$/.test(url.protocol)) return undefined;
    return url.href === `${url.origin}/` ? url.origin : undefined;
  },
};
