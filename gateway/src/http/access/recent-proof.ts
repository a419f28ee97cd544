import { FleetError } from "@fleetlog/domain";
import { PersonTokens } from "@fleetlog/identity";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { type Authenticators, bearerToken } from "./authenticate.ts";
import { readSessionCookie } from "./cookie.ts";

/** How long a sign-in counts as proof that the person, and nobody else, uses the browser. */
const RECENT_MS = 10 * 60_000;

declare module "fastify" {
  interface FastifyContextConfig {
    /** The call adds or removes a way to sign in, so the caller must have proved recently who they are. */
    readonly proof?: true;
  }
}

type Context = Pick<Authenticators, "personTokens" | "operatorSessions"> & { readonly clock: () => number };

/** Refuses calls of routes with `config.proof` if the caller has no recent proof. Call before routes are registered. */
export function requireProofs(app: FastifyInstance, context: Context): void {
  app.addHook("onRoute", (route) => {
    if (route.config?.proof !== true) return;
    const { problems = [], ...schema } = route.schema ?? {};
    route.schema = { ...schema, problems: ["proof-required", ...problems] };
  });
  app.addHook("preHandler", async (request) => {
    if (request.routeOptions.config.proof === true) await requireProof(context, request);
  });
}

/**
 * A token that does not come from a sign-in is a proof itself: an API key, or the installation's token.
 * @throws FleetError `proof-required` if the caller's sign-in, or their last proof, is older than ten minutes
 */
async function requireProof(context: Context, request: FastifyRequest): Promise<void> {
  const provedAt = await lastProof(context, request);
  if (provedAt === undefined || context.clock() - provedAt <= RECENT_MS) return;
  throw new FleetError("proof-required", "show again who you are", {
    advice: "Send your password, a code or a passkey's answer to POST /api/session/proof, or sign in again.",
  });
}

/** Notes that the caller has just shown who they are. */
export async function renewProof(
  { personTokens, operatorSessions }: Context,
  { headers }: FastifyRequest,
): Promise<void> {
  const token = bearerToken(headers);
  const session = readSessionCookie(headers);
  if (token !== undefined) await personTokens.proved(token);
  else if (session !== undefined) await operatorSessions.proved(session);
}

async function lastProof(
  { personTokens, operatorSessions }: Context,
  { headers }: FastifyRequest,
): Promise<number | undefined> {
  const token = bearerToken(headers);
  if (token !== undefined) return PersonTokens.isAccessToken(token) ? personTokens.provedAt(token) : undefined;
  const session = readSessionCookie(headers);
  return session === undefined ? undefined : operatorSessions.provedAt(session);
}
