import type { IncomingHttpHeaders } from "node:http";
import { FleetError, type Person } from "@fleetlog/domain";
import type { OperatorSessions, Operators } from "@fleetlog/identity";
import type { Attempts } from "./attempts.ts";
import { readSessionCookie } from "./cookie.ts";
import { isSameOrigin } from "./origin.ts";

/** Where people's tokens and browser sessions are looked up. */
export interface Authenticators {
  readonly operators: Operators;
  readonly operatorSessions: OperatorSessions;
  /** Wrong bearer tokens. */
  readonly attempts: Attempts;
}

export interface Authenticated {
  readonly person: Person;
  /** A session's cookie is sent along with every request that a browser is made to send; a bearer token is not. */
  readonly by: "token" | "cookie";
  /** Looks the same token or cookie up again; undefined once it is not valid any more. */
  again(): Promise<Person | undefined>;
}

/**
 * The person whose bearer token (RFC 6750) or session cookie is in the headers; undefined where there is none that is valid.
 * @throws FleetError `rate-limited` for an address with too many wrong tokens
 */
export async function authenticate(
  headers: IncomingHttpHeaders,
  address: string,
  { operators, operatorSessions, attempts }: Authenticators,
): Promise<Authenticated | undefined> {
  if (headers.authorization !== undefined) {
    const token = /^Bearer +([\x21-\x7e]+) *$/i.exec(headers.authorization)?.[1];
    if (token === undefined) return undefined;
    attempts.check(address);
    const person = await operators.verify(token);
    if (person === undefined) attempts.failed(address);
    return person && { person, by: "token", again: () => operators.verify(token) };
  }
  const session = readSessionCookie(headers);
  if (session === undefined) return undefined;
  const person = await operatorSessions.verify(session);
  return person && { person, by: "cookie", again: () => operatorSessions.verify(session) };
}

/** @throws FleetError `forbidden` unless the browser says that the request comes from one of our own pages */
export function requireSameOrigin(headers: IncomingHttpHeaders): void {
  if (isSameOrigin(headers) === true) return;
  throw new FleetError("forbidden", "a signed-in browser may ask for this from Fleetlog's own pages alone", {
    advice: "Programs send the header 'Authorization: Bearer <token>' instead of a cookie.",
  });
}

export function unauthenticated(headers: IncomingHttpHeaders = {}): FleetError {
  const shown = headers.authorization !== undefined;
  return new FleetError("unauthenticated", shown ? "that is no operator's token" : "this needs an operator's token", {
    advice: "Sign in, or send the header 'Authorization: Bearer <token>'; npm start prints the first token.",
  });
}
