import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import { FleetError } from "@fleetlog/domain";
import { ApiKeys, type PersonTokenPair, PersonTokens } from "@fleetlog/identity";
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
          description:
            "Only with the access token of a log-in: 400 with an API key, the installation's token or a cookie.",
          tags,
          response: { 204: Type.Null() },
          problems: ["log-unavailable"],
        },
      },
      async (request, reply) => {
        const token = bearerToken(request.headers);
        if (token === undefined || !PersonTokens.isAccessToken(token)) throw noLogIn(token);
        if (await personTokens.end(token)) recordSignedOut(context, request, personOf(request));
        return reply.status(204).send(null);
      },
    );
  };
}

/** The refusal of a credential that has no log-in. An answer of success would claim that the credential has ended. */
function noLogIn(token: string | undefined): FleetError {
  const [what, advice] =
    token === undefined
      ? ["a browser's session", "Sign out of it: DELETE /api/session."]
      : ApiKeys.isApiKey(token)
        ? ["an API key", "Revoke the key: DELETE /api/api-keys/{id}."]
        : ["the installation's token", "It has no log-in that could end."];
  return new FleetError("invalid-request", `this call ends a log-in by its access token, and was sent with ${what}`, {
    field: "Authorization",
    advice,
  });
}

function answer({ accessToken, expiresAt, refreshToken }: PersonTokenPair): TokenPair {
  return { accessToken, expiresAt: new Date(expiresAt).toISOString(), refreshToken };
}
