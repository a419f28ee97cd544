import type { IncomingHttpHeaders, IncomingMessage } from "node:http";
import type { TLSSocket } from "node:tls";

export const SESSION_COOKIE = "fleetlog_session";

const VALUE = /^[A-Za-z0-9_-]{1,128}$/;

/** The session's id in a Cookie header (RFC 6265, 5.4); undefined if there is none that we could have set. */
export function readSessionCookie({ cookie = "" }: IncomingHttpHeaders): string | undefined {
  for (const pair of cookie.split(";")) {
    const [name, value] = pair.trim().split("=", 2);
    if (name === SESSION_COOKIE && value !== undefined && VALUE.test(value)) return value;
  }
  return undefined;
}

/** Out of reach of scripts, and never sent along with a request that another site began. */
export function sessionCookie(id: string, maxAgeMs: number, secure: boolean): string {
  const age = Math.floor(maxAgeMs / 1_000);
  return `${SESSION_COOKIE}=${id}; Path=/; Max-Age=${age}; HttpOnly; SameSite=Strict${secure ? "; Secure" : ""}`;
}

export function forgetSessionCookie(secure: boolean): string {
  return sessionCookie("", 0, secure);
}

/** By TLS to here, or to a proxy that says so: whoever claims it falsely does so of a cookie of their own. */
export function cameByTls(request: IncomingMessage): boolean {
  const forwarded = request.headers["x-forwarded-proto"];
  const proto = (Array.isArray(forwarded) ? forwarded[0] : forwarded)?.split(",", 1)[0]?.trim();
  return proto === "https" || (request.socket as Partial<TLSSocket>).encrypted === true;
}
