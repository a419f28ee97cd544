import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import { FleetError } from "@fleetlog/domain";
import { connectOpenId, signInByOpenId } from "@fleetlog/fleet";
import { OPERATOR_SESSION_MS } from "@fleetlog/identity";
import { SignInWays } from "@fleetlog/protocol";
import type { FastifyRequest } from "fastify";
import { isOverTls, readSessionCookie, sessionCookie } from "../../../access/cookie.ts";
import { hasPasskeys } from "../../../access/relying-party.ts";
import type { HttpContext } from "../../../context.ts";
import { NoQuery } from "../../../input/no-query.ts";
import type { HttpResource } from "../../resource.ts";
import { personOfProof, recordSignedIn } from "../recorded-sign-ins.ts";
import { beginCookie, readBeginCookie, removedBeginCookie } from "./cookie.ts";

const CALL = "GET /api/session/openid/callback";

/** Two of its routes are hidden, because browsers are redirected to them. */
export const openId: HttpResource = {
  tag: "session",
  schemas: { SignInWays },
  examples: { SignInWays: { openId: true, passkeys: true } },
  prefix: "/api",
  routes: openIdRoutes,
};

function openIdRoutes(context: HttpContext): FastifyPluginAsyncTypebox {
  const { openId, operatorSessions, fleet, basePath = "/", refusals, findClient, boundedLog, lostEntries } = context;
  const cookiePath = `${basePath}api/session/openid`;
  const provider = () => {
    if (openId !== undefined) return openId;
    throw new FleetError("not-found", "no OpenID provider is set", { advice: "Set FLEETLOG_OIDC_ISSUER." });
  };

  function refused(request: FastifyRequest, thrown: unknown, page = "sign-in"): string {
    const error = thrown instanceof FleetError ? thrown : new FleetError("internal", "an internal error occurred");
    const { address } = findClient(request.raw);
    const cause = (thrown as Partial<FleetError>).cause ?? (error === thrown ? undefined : thrown);
    // The library's messages contain no values of the request: these may be secret.
    const fields = { code: error.code, ...(cause instanceof Error && { cause: `${cause.name}: ${cause.message}` }) };
    const line = { level: "warn", kind: "OpenID sign-ins", address, fields, message: error.message } as const;
    boundedLog.write(line);
    refusals.call({ action: "session.begin", call: CALL, code: error.code, address });
    return `${basePath}${page}?${new URLSearchParams({ refused: error.code })}`;
  }

  return async (app) => {
    app.get(
      "/session/ways",
      {
        config: { action: "session.begin" },
        schema: {
          operationId: "getSignInWays",
          summary: "Ways to sign in besides a password or token",
          tags: ["session"],
          security: [],
          querystring: NoQuery,
          response: { 200: SignInWays },
        },
      },
      async (request) => ({ openId: openId !== undefined, passkeys: hasPasskeys(context, request) }),
    );

    app.get(
      "/session/openid",
      { config: { action: "session.begin" }, schema: { hide: true } },
      async (request, reply) => {
        const { to } = request.query as { readonly to?: unknown };
        const own = typeof to === "string" && to.startsWith(basePath) && !to.startsWith("//") && to.length <= 512;
        reply.header("cache-control", "no-store");
        try {
          const { url, begun, lifetimeMs } = await provider().begin(own ? to : basePath);
          reply.header("set-cookie", beginCookie(begun, lifetimeMs, isOverTls(request.raw), cookiePath));
          return reply.redirect(url, 302);
        } catch (error) {
          if (openId === undefined) throw error;
          return reply.redirect(refused(request, error), 302);
        }
      },
    );

    app.get(
      "/session/openid/callback",
      { config: { action: "session.begin" }, schema: { hide: true } },
      async (request, reply) => {
        const provided = provider();
        const secure = isOverTls(request.raw);
        const begun = readBeginCookie(request.headers) ?? "";
        reply.header("cache-control", "no-store");
        try {
          const query = new URL(request.url, "http://localhost").search;
          const identity = await provided.finish(begun, query);
          if (identity.connect !== undefined) {
            await connectOpenId(fleet, identity.connect, identity, request.id);
            reply.header("set-cookie", removedBeginCookie(secure, cookiePath));
            return reply.redirect(identity.to, 303);
          }
          const proof = await signInByOpenId(fleet, identity, request.id).catch((error) => {
            lostEntries.refusedOpenId(identity, findClient(request.raw).address);
            throw error;
          });
          const id = await operatorSessions.beginFor(proof);
          recordSignedIn(context, request, await personOfProof(context, proof), { way: "open-id" });
          const previous = readSessionCookie(request.headers);
          if (previous !== undefined) await operatorSessions.end(previous);
          const session = sessionCookie(id, OPERATOR_SESSION_MS, secure, basePath);
          reply.header("set-cookie", [session, removedBeginCookie(secure, cookiePath)]);
          return reply.redirect(identity.to, 303);
        } catch (error) {
          reply.header("set-cookie", removedBeginCookie(secure, cookiePath));
          return reply.redirect(refused(request, error, provided.connects(begun) ? "profile" : "sign-in"), 303);
        }
      },
    );
  };
}
