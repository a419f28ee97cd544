import type { IncomingHttpHeaders } from "node:http";
import { FleetError } from "@fleetlog/domain";
import type { Operator, OperatorSessions, Operators, Role } from "@fleetlog/identity";
import type { FastifyRequest, preParsingHookHandler } from "fastify";
import type { Asker } from "../devices/devices.ts";
import type { Attempts } from "./attempts.ts";
import { readSessionCookie } from "./cookie.ts";
import { askedBySameOrigin } from "./origin.ts";

/** By what an operator is known. */
export interface OperatorDoor {
  readonly operators: Operators;
  readonly operatorSessions: OperatorSessions;
  /** Wrong bearer tokens. */
  readonly attempts: Attempts;
}

export interface Identified {
  readonly operator: Operator;
  /** How: a session's cookie goes along with whatever a browser is made to ask, a bearer token does not. */
  readonly by: "token" | "cookie";
  /** Whose it is by now; undefined once what was shown is worth nothing any more. */
  again(): Promise<Operator | undefined>;
}

const asking = new WeakMap<FastifyRequest, Operator>();

/** What each role may do through the API; a route that needs more than to look names it. */
const MAY: Readonly<Record<Role, "look" | "act">> = { viewer: "look", operator: "act", admin: "act" };
const SAFE_METHODS = new Set(["GET", "HEAD", "OPTIONS"]);

/**
 * Who shows a bearer token (RFC 6750) or a session's cookie; undefined for nobody that is known.
 * @throws FleetError `rate-limited` for an address with too many wrong tokens
 */
export async function identify(
  headers: IncomingHttpHeaders,
  address: string,
  { operators, operatorSessions, attempts }: OperatorDoor,
): Promise<Identified | undefined> {
  if (headers.authorization !== undefined) {
    const token = /^Bearer +([\x21-\x7e]+) *$/i.exec(headers.authorization)?.[1];
    if (token === undefined) return undefined;
    attempts.check(address);
    const operator = await operators.verify(token);
    if (operator === undefined) attempts.failed(address);
    return operator && { operator, by: "token", again: () => operators.verify(token) };
  }
  const session = readSessionCookie(headers);
  if (session === undefined) return undefined;
  const operator = await operatorSessions.verify(session);
  return operator && { operator, by: "cookie", again: () => operatorSessions.verify(session) };
}

/** Lets in who is an operator, before the body is read. */
export function requireOperator(door: OperatorDoor): preParsingHookHandler {
  return async (request) => {
    const identified = await identify(request.headers, request.ip, door);
    if (identified === undefined) throw unauthenticated(request.headers);
    const changes = !SAFE_METHODS.has(request.method);
    if (changes && identified.by === "cookie") requireSameOrigin(request.headers);
    if (changes && MAY[identified.operator.role] === "look") {
      throw new FleetError("forbidden", "you may look, and change nothing");
    }
    asking.set(request, identified.operator);
  };
}

/** @throws FleetError `forbidden` unless the browser says that a page of ours asked */
export function requireSameOrigin(headers: IncomingHttpHeaders): void {
  if (askedBySameOrigin(headers) === true) return;
  throw new FleetError("forbidden", "a signed-in browser may ask for this from Fleetlog's own pages alone", {
    advice: "Programs send the header 'Authorization: Bearer <token>' instead of a cookie.",
  });
}

/** @throws FleetError `unauthenticated` on a route without {@link requireOperator} */
export function operatorOf(request: FastifyRequest): Operator {
  const operator = asking.get(request);
  if (operator === undefined) throw unauthenticated();
  return operator;
}

/** Who asks. @throws FleetError `unauthenticated` on a route without {@link requireOperator} */
export function askerOf(request: FastifyRequest): Asker {
  return { by: operatorOf(request).id, correlationid: request.id };
}

export function unauthenticated(headers: IncomingHttpHeaders = {}): FleetError {
  const shown = headers.authorization !== undefined;
  return new FleetError("unauthenticated", shown ? "that is no operator's token" : "this needs an operator's token", {
    advice: "Sign in, or send the header 'Authorization: Bearer <token>'; npm start prints the first token.",
  });
}
