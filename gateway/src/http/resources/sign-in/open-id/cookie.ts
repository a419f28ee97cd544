import type { IncomingHttpHeaders } from "node:http";
import { parseCookie, stringifySetCookie } from "cookie";

const NAME = "fleetlog_open_id";
const VALUE = /^[A-Za-z0-9._-]{1,3072}$/;

/** The cookie is `SameSite=Lax`, because the browser comes back from the provider's site. */
export function beginCookie(begun: string, lifetimeMs: number, secure: boolean, path: string): string {
  const maxAge = Math.floor(lifetimeMs / 1_000);
  return stringifySetCookie({ name: NAME, value: begun, path, maxAge, httpOnly: true, sameSite: "lax", secure });
}

export function removedBeginCookie(secure: boolean, path: string): string {
  return beginCookie("", 0, secure, path);
}

export function readBeginCookie({ cookie }: IncomingHttpHeaders): string | undefined {
  const value = cookie === undefined ? undefined : parseCookie(cookie)[NAME];
  return value !== undefined && VALUE.test(value) ? value : undefined;
}
