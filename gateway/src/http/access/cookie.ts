import type { IncomingHttpHeaders, IncomingMessage } from "node:http";
import type { TLSSocket } from "node:tls";
// @fastify/cookie is not used: it uses this library, too, but does not read the cookies of WebSocket upgrades.
import { parseCookie, stringifySetCookie } from "cookie";

export const SESSION_COOKIE = "fleetlog_session";

const VALUE = /^[A-Za-z0-9_-]{1,128}$/;

/** Session id of the Cookie header (RFC 6265, 5.4). */
export function readSessionCookie({ cookie }: IncomingHttpHeaders): string | undefined {
  const value = cookie === undefined ? undefined : parseCookie(cookie)[SESSION_COOKIE];
  return value !== undefined && VALUE.test(value) ? value : undefined;
}

/** Set-Cookie for a cookie that scripts can't read and browsers do not send from other sites. */
export function sessionCookie(id: string, maxAgeMs: number, secure: boolean, path = "/"): string {
  const maxAge = Math.floor(maxAgeMs / 1_000);
  return stringifySetCookie({
    name: SESSION_COOKIE,
    value: id,
    path,
    maxAge,
    httpOnly: true,
    sameSite: "strict",
    secure,
  });
}

export function removedSessionCookie(secure: boolean, path?: string): string {
  return sessionCookie("", 0, secure, path);
}

/**
 * Whether the browser uses TLS. Believes `X-Forwarded-Proto` from any client, because a forged header harms only the
 * client itself: it gets a cookie that its browser does not keep, or links with the wrong scheme.
 */
export function isOverTls(request: IncomingMessage): boolean {
  const forwarded = request.headers["x-forwarded-proto"];
  const proto = (Array.isArray(forwarded) ? forwarded[0] : forwarded)?.split(",", 1)[0]?.trim();
  return proto === "https" || (request.socket as Partial<TLSSocket>).encrypted === true;
}
