import type { Setting } from "./setting.ts";
import { slice } from "./slice.ts";

/** Segments that need no encoding, so that URLs, cookies and HTML have the same path. */
const PATH = /^(?:\/[\w.~-]+)*\/?$/;

/** Where browsers reach the pages: an origin, and perhaps a path that ends in a slash. */
const publicUrl: Setting<string | undefined> = {
  description:
    "Where people and devices reach this installation: links in mails, certificates of servers, passkeys, and addresses for new devices and downloads are made of it. People may sign in there even if a proxy changes Host or serves the pages under a path",
  accepts: "a URL, such as `https://fleet.example` or `https://example.com/fleet/`",
  fallback: undefined,
  read(text) {
    const url = URL.parse(text);
    if (url === null || !/^https?:$/.test(url.protocol) || !PATH.test(url.pathname)) return undefined;
    if (url.href !== url.origin + url.pathname) return undefined;
    if (url.pathname === "/") return url.origin;
    return url.pathname.endsWith("/") ? url.href : `${url.href}/`;
  },
};

export const publicUrlSettings = slice({ own: { publicUrl } });
