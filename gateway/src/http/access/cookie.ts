import type { IncomingHttpHeaders, IncomingMessage } from "node:http";
import type { TLSSocket } from "node:tls";
// The library on which @fastify/cookie is built. @fastify/cookie itself reads only the cookies of fastify's requests, not
// those of WebSocket upgrades.
import { parseCookie, stringifySetCookie } from "cookie";

export const SESSION_COOKIE = "fleetlog_session";

const VALUE = /^[A-Za-z0-9_-]{1,128}$/;

/** The session's id in a Cookie header (RFC 6265, 5.4); undefined if there is none or it is malformed. */
export function readSessionCookie({ cookie }: IncomingHttpHeaders): string | undefined {
  const value = cookie === undefined ? undefined : parseCookie(cookie)[SESSION_COOKIE];
  return value !== undefined && VALUE.test(value) ? value : undefined;
}

/** A Set-Cookie header for a cookie that scripts can't read and browsers do not send with requests from other sites. */
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

/** A Set-Cookie header that removes the session cookie. */
export function removedSessionCookie(secure: boolean, path?: string): string {
  return sessionCookie("", 0, secure, path);
}

/**
 * Whether the client uses TLS, to this node or to a proxy that says so. The header is believed from anybody: a client that
 * sends a false one only gets a cookie that it can't use, or links with the wrong scheme.
 */
export function isOverTls(request: IncomingMessage): boolean {
  const forwarded = request.headers["x-forwarded-proto"];
  const proto = (Array.isArray(forwarded) ? forwarded[0] : forwarded)?.split(",", 1)[0]?.trim();
  return proto === "https" || (request.socket as Partial<TLSSocket>).encrypted === true;
}
