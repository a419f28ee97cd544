import { OPERATOR_SESSION_MS, type PersonProof } from "@fleetlog/identity";
import type { FastifyReply, FastifyRequest } from "fastify";
import { bearerToken } from "../../access/authenticate.ts";
import { isOverTls, sessionCookie } from "../../access/cookie.ts";
import type { HttpContext } from "../../context.ts";

/** Begins a new session for the caller, or renews their tokens, after all sign-ins of the caller have ended. */
export async function keepSignedIn(
  { personTokens, operatorSessions, basePath }: Pick<HttpContext, "personTokens" | "operatorSessions" | "basePath">,
  request: FastifyRequest,
  reply: FastifyReply,
  proof: PersonProof,
): Promise<void> {
  const token = bearerToken(request.headers);
  if (token !== undefined) return personTokens.renew(token, proof);
  const id = await operatorSessions.beginFor(proof);
  reply.header("set-cookie", sessionCookie(id, OPERATOR_SESSION_MS, isOverTls(request.raw), basePath));
}
