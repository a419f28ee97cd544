import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import type { PersonTokenPair } from "@fleetlog/identity";
import { LogInBody, RefreshBody, TokenPair } from "@fleetlog/protocol";
import Type from "typebox";
import { Attempts } from "../../access/attempts.ts";
import { bearerToken } from "../../access/authenticate.ts";
import { personOf } from "../../access/authorize.ts";
import type { HttpContext } from "../../context.ts";
import type { HttpResource } from "../resource.ts";
import { TOKEN_EXAMPLES } from "./examples.ts";
import { recordSignedOut, refreshTokens } from "./recorded-sign-ins.ts";
import { SIGN_INS, signInByPassword } from "./sign-in.ts";

const tags = ["tokens"];

export const tokens: HttpResource = {
  tag: "tokens",
  description:
    "Tokens of people, for programs that act for them: an access token for 15 minutes, and a refresh token for new ones",
  schemas: { LogIn: LogInBody, RefreshToken: RefreshBody, Tokens: TokenPair },
  examples: TOKEN_EXAMPLES,
  prefix: "/api",
  routes: tokenRoutes,
};

function tokenRoutes(context: HttpContext): FastifyPluginAsyncTypebox {
  const { personTokens, clock } = context;
  const attempts = new Attempts(SIGN_INS, clock);

  return async (app) => {
    app.post(
      "/tokens",
      {
        config: { action: "session.begin" },
        schema: {
          operationId: "logIn",
          summary: "Log in with email and password",
          tags,
          security: [],
          body: LogInBody,
          response: { 201: TokenPair },
          problems: [
            "unauthenticated",
            "second-factor-required",
            "rate-limited",
            "passkeys-unavailable",
            "conflict",
            "log-unavailable",
            "log-full",
          ],
        },
      },
      async (request, reply) => {
        const proof = await signInByPassword(context, attempts, request, request.body);
        return reply.status(201).send(answer(await personTokens.issue(proof)));
      },
    );

    app.post(
      "/tokens/refresh",
      {
        config: { action: "session.begin" },
        schema: {
          operationId: "refreshTokens",
          summary: "New tokens for a refresh token",
          tags,
          security: [],
          body: RefreshBody,
          response: { 201: TokenPair },
          problems: ["unauthenticated", "rate-limited", "log-unavailable"],
        },
      },
      async (request, reply) => {
        const given = { token: request.body.refreshToken, field: "refreshToken" };
        return reply.status(201).send(answer(await refreshTokens(context, attempts, request, given)));
      },
    );

    app.delete(
      "/tokens",
      {
        config: { action: "session.change" },
        schema: {
          operationId: "logOut",
          summary: "Log out: all tokens of the caller's log-in end",
          tags,
          response: { 204: Type.Null() },
          problems: ["log-unavailable"],
        },
      },
      async (request, reply) => {
        const token = bearerToken(request.headers);
        if (token !== undefined && (await personTokens.end(token))) {
          recordSignedOut(context, request, personOf(request));
        }
        return reply.status(204).send(null);
      },
    );
  };
}

function answer({ accessToken, expiresAt, refreshToken }: PersonTokenPair): TokenPair {
  return { accessToken, expiresAt: new Date(expiresAt).toISOString(), refreshToken };
}
