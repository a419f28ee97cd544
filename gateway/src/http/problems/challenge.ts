import type { IncomingHttpHeaders } from "node:http";
import type { ErrorCode } from "@fleetlog/domain";

const CHALLENGE = 'Bearer realm="fleetlog"';

/** The WWW-Authenticate header (RFC 6750, 3), with `error` only if the request had a bearer token. */
export function challengeFor(code: ErrorCode, { authorization }: IncomingHttpHeaders): string | undefined {
  const hasToken = authorization !== undefined && /^bearer\b/i.test(authorization);
  if (code === "second-factor-required") return CHALLENGE;
  if (code === "unauthenticated") return hasToken ? `${CHALLENGE}, error="invalid_token"` : CHALLENGE;
  if (code === "forbidden" && hasToken) return `${CHALLENGE}, error="insufficient_scope"`;
  return undefined;
}
