import type { IncomingHttpHeaders } from "node:http";
import { FleetError, type Person } from "@fleetlog/domain";
import type { OperatorSessions, Operators } from "@fleetlog/identity";
import type { Attempts } from "./attempts.ts";
import { readSessionCookie } from "./cookie.ts";
import { isSameOrigin } from "./origin.ts";

/** Dependencies of `authenticate`. */
export interface Authenticators {
  readonly operators: Operators;
  readonly operatorSessions: OperatorSessions;
  /** Limits wrong bearer tokens. */
  readonly attempts: Attempts;
}

export interface Authenticated {
  readonly person: Person;
  /** By cookie: the request may come from another site's page, as browsers add cookies by themselves. */
  readonly by: "token" | "cookie";
  /** Looks the same token or cookie up again; resolves with undefined once it is no longer valid. */
  revalidate(): Promise<Person | undefined>;
}

/**
 * The person of the bearer token (RFC 6750) or session cookie in the headers; undefined if there is no valid one.
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
    return person && { person, by: "token", revalidate: () => operators.verify(token) };
  }
  const session = readSessionCookie(headers);
  if (session === undefined) return undefined;
  const person = await operatorSessions.verify(session);
  return person && { person, by: "cookie", revalidate: () => operatorSessions.verify(session) };
}

/** @throws FleetError `forbidden` unless the browser says that the request comes from a page of Fleetlog */
export function requireSameOrigin(headers: IncomingHttpHeaders): void {
  if (isSameOrigin(headers) === true) return;
  throw new FleetError("forbidden", "a signed-in browser may do this only from Fleetlog's own pages", {
    advice: "Programs send the header 'Authorization: Bearer <token>' instead of a cookie.",
  });
}

export function unauthenticated(headers: IncomingHttpHeaders = {}): FleetError {
  const hasToken = headers.authorization !== undefined;
  return new FleetError(
    "unauthenticated",
    hasToken ? "this is not an operator's token" : "an operator's token is needed",
    {
      advice: "Sign in, or send the header 'Authorization: Bearer <token>'; npm start prints the first token.",
    },
  );
}
