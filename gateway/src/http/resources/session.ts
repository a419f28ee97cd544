import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import { FleetError } from "@fleetlog/domain";
import { OPERATOR_SESSION_MS } from "@fleetlog/identity";
import { SessionInfo, SignInBody } from "@fleetlog/protocol";
import Type from "typebox";
import { Attempts } from "../access/attempts.ts";
import { requireSameOrigin } from "../access/authenticate.ts";
import { personOf } from "../access/authorize.ts";
import { isOverTls, readSessionCookie, removedSessionCookie, sessionCookie } from "../access/cookie.ts";
import type { HttpContext } from "../context.ts";
import { NoQuery } from "../input/no-query.ts";
import { SESSION_EXAMPLES } from "./examples.ts";
import type { HttpResource } from "./resource.ts";

const tags = ["session"];
const SIGN_INS = { burst: 10, refillMs: 6_000, addresses: 10_000 };

export const session: HttpResource = {
  tag: "session",
  description: "Signing in with a browser; programs send their token with every request instead",
  schemas: { SignIn: SignInBody, SessionInfo },
  examples: SESSION_EXAMPLES,
  prefix: "/api",
  routes: sessionRoutes,
};

function sessionRoutes(context: HttpContext): FastifyPluginAsyncTypebox {
  const { operatorSessions, node, clock, basePath } = context;
  const attempts = new Attempts(SIGN_INS, clock);

  return async (app) => {
    app.post(
      "/session",
      {
        config: { action: "session.begin" },
        schema: {
          operationId: "signIn",
          summary: "Sign in with a token",
          tags,
          security: [],
          body: SignInBody,
          response: { 204: Type.Null() },
          problems: ["unauthenticated", "forbidden", "rate-limited", "log-unavailable"],
        },
      },
      async (request, reply) => {
        // Another site's page must not sign the browser in to an account that the site chooses.
        requireSameOrigin(request.raw, context, true);
        const begun = await operatorSessions.begin(request.body.token);
        if (begun === undefined) {
          attempts.failed(context.findClient(request.raw).address);
          throw new FleetError("unauthenticated", "this token is not valid", {
            field: "token",
            advice: "npm start prints the first administrator's token, and keeps it in the file admin-token.",
          });
        }
        const previous = readSessionCookie(request.headers);
        if (previous !== undefined) await operatorSessions.end(previous);
        reply.header("set-cookie", sessionCookie(begun.id, OPERATOR_SESSION_MS, isOverTls(request.raw), basePath));
        return reply.status(204).send(null);
      },
    );

    app.get(
      "/session",
      {
        config: { action: "session.read" },
        schema: {
          operationId: "getSession",
          summary: "Who is signed in",
          tags,
          querystring: NoQuery,
          response: { 200: SessionInfo },
        },
      },
      async (request) => {
        const { id, name, role } = personOf(request);
        return { operator: { id, name, role }, version: node.version, gateway: node.name, ports: node.ports() };
      },
    );

    app.delete(
      "/session",
      {
        config: { action: "session.end" },
        schema: {
          operationId: "signOut",
          summary: "Sign out",
          tags,
          security: [{ sessionCookie: [] }],
          response: { 204: Type.Null() },
        },
      },
      async (request, reply) => {
        const session = readSessionCookie(request.headers);
        if (session === undefined) return reply.status(204).send(null);
        requireSameOrigin(request.raw, context);
        await operatorSessions.end(session);
        reply.header("set-cookie", removedSessionCookie(isOverTls(request.raw), basePath));
        return reply.status(204).send(null);
      },
    );
  };
}
