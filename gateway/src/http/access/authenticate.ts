import type { IncomingHttpHeaders, IncomingMessage } from "node:http";
import { FleetError, type Person, shortened } from "@fleetlog/domain";
import { type OperatorSessions, type Operators, PersonTokens } from "@fleetlog/identity";
import type { FindClient } from "../../net/proxies/client.ts";
import type { Attempts } from "./attempts.ts";
import { readSessionCookie } from "./cookie.ts";
import type { LostEntries } from "./lost-entries.ts";
import { isSameOrigin } from "./origin.ts";

export interface Authenticators {
  readonly operators: Operators;
  readonly operatorSessions: OperatorSessions;
  readonly personTokens: PersonTokens;
  readonly attempts: Attempts;
  readonly findClient: FindClient;
  readonly lostEntries: LostEntries;
  readonly publicOrigin?: string | undefined;
}

export interface Authenticated {
  readonly person: Person;
  /** With `cookie`, another site's page may have sent the request, since browsers add cookies. */
  readonly by: "token" | "cookie";
  revalidate(): Promise<Person | undefined>;
  /** As `revalidate`, but an access token stays valid after its end while its log-in lasts. */
  stillAllowed(): Promise<Person | undefined>;
}

/**
 * The person of the bearer token (RFC 6750) or session cookie; undefined if the token or cookie is not valid.
 * @throws FleetError `rate-limited` if the address has sent too many wrong tokens
 */
export async function authenticate(
  request: IncomingMessage,
  { operators, operatorSessions, personTokens, attempts, findClient, lostEntries }: Authenticators,
): Promise<Authenticated | undefined> {
  const { headers } = request;
  if (headers.authorization !== undefined) {
    const token = bearerToken(headers);
    if (token === undefined) return undefined;
    const person = await operators.verify(token);
    if (person === undefined) {
      const { address } = findClient(request);
      attempts.countFailure(address);
      lostEntries.refusedToken(token, address);
    }
    const revalidate = () => operators.verify(token);
    const stillAllowed = PersonTokens.isAccessToken(token) ? () => personTokens.personOfLogIn(token) : revalidate;
    return person && { person, by: "token", revalidate, stillAllowed };
  }
  const session = readSessionCookie(headers);
  if (session === undefined) return undefined;
  const person = await operatorSessions.verify(session);
  if (person === undefined) lostEntries.refusedSession(session, findClient(request).address);
  const revalidate = () => operatorSessions.verify(session);
  return person && { person, by: "cookie", revalidate, stillAllowed: revalidate };
}

/** RFC 6750. */
export function bearerToken({ authorization = "" }: IncomingHttpHeaders): string | undefined {
  return /^Bearer +([\x21-\x7e]+) *$/i.exec(authorization)?.[1];
}

/**
 * @param unnamed whether a request without origin is accepted, because a program has sent it and not a browser
 * @throws FleetError `forbidden` if a browser sent the request from another site's page
 */
export function requireSameOrigin(
  request: IncomingMessage,
  { findClient, publicOrigin }: Pick<Authenticators, "findClient" | "publicOrigin">,
  unnamed = false,
): void {
  const { headers } = request;
  const { host } = findClient(request);
  const found = isSameOrigin(headers, { host, allowed: publicOrigin });
  if (found === true || (unnamed && found === undefined)) return;
  const why =
    found === undefined
      ? "the request has neither Sec-Fetch-Site nor Origin"
      : found === "Origin"
        ? `Origin is ${shortened(headers.origin ?? "")}, but this gateway is ${shortened(host ?? "without a name")}`
        : `Sec-Fetch-Site is ${shortened(String(headers["sec-fetch-site"]))}`;
  throw new FleetError("forbidden", `a signed-in browser may do this only from Fleetlog's own pages: ${why}`, {
    ...(found !== undefined && { field: found.toLowerCase() }),
    advice:
      found === "Origin"
        ? "Behind a proxy, let it send the browser's Host, or set FLEETLOG_PUBLIC_URL to where browsers reach the pages."
        : "Programs send the header 'Authorization: Bearer <token>' instead of a cookie.",
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
