import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import { FleetError } from "@fleetlog/domain";
import { accessEnded, changeOwnPassword, signOutEverywhere } from "@fleetlog/fleet";
import { OPERATOR_SESSION_MS } from "@fleetlog/identity";
import { ChangePasswordBody, SessionInfo, SignInBody } from "@fleetlog/protocol";
import type { FastifyReply, FastifyRequest } from "fastify";
import Type from "typebox";
import { Attempts } from "../../access/attempts.ts";
import { requireSameOrigin } from "../../access/authenticate.ts";
import { personOf } from "../../access/authorize.ts";
import { isOverTls, readSessionCookie, removedSessionCookie, sessionCookie } from "../../access/cookie.ts";
import { counted } from "../../access/counted.ts";
import type { HttpContext } from "../../context.ts";
import { NoQuery } from "../../input/no-query.ts";
import { callerOf } from "../caller.ts";
import type { HttpResource } from "../resource.ts";
import { SESSION_EXAMPLES } from "./examples.ts";
import { keepSignedIn } from "./keep-signed-in.ts";
import { requireOneWay } from "./one-way.ts";
import { recordSignedIn, recordSignedOut } from "./recorded-sign-ins.ts";
import { SIGN_INS, signInByPasskey, signInByPassword } from "./sign-in.ts";
import { sessionOf } from "./who.ts";

const tags = ["session"];

export const session: HttpResource = {
  tag: "session",
  description: "Signing in with a browser; programs send their token with every request instead",
  schemas: { SignIn: SignInBody, SessionInfo, ChangePassword: ChangePasswordBody },
  examples: SESSION_EXAMPLES,
  prefix: "/api",
  routes: sessionRoutes,
};

function sessionRoutes(context: HttpContext): FastifyPluginAsyncTypebox {
  const { operatorSessions, personTokens, fleet, clock, basePath, findClient, lostEntries } = context;
  const attempts = new Attempts(SIGN_INS, clock);

  async function begin(request: FastifyRequest<{ Body: SignInBody }>): Promise<string> {
    requireOneWay(request.body);
    const { token, email, password, otp, passkey } = request.body;
    if (token === undefined && email !== undefined && password !== undefined) {
      const given = { email, password, otp, passkey };
      return operatorSessions.beginFor(await signInByPassword(context, attempts, request, given));
    }
    if (token === undefined && passkey !== undefined) {
      return operatorSessions.beginFor(await signInByPasskey(context, attempts, request, passkey));
    }
    const proof = token === undefined ? undefined : await personTokens.proofOf(token);
    const person = proof && (await fleet.people.verify(proof));
    if (token !== undefined && proof !== undefined && person !== undefined) {
      const id = await operatorSessions.beginFor(proof, await personTokens.provedAt(token));
      recordSignedIn(context, request, person, { way: "token" });
      return id;
    }
    const begun = token === undefined ? undefined : await operatorSessions.begin(token);
    if (begun !== undefined) {
      recordSignedIn(context, request, begun.person, { way: "token" });
      return begun.id;
    }
    const { address } = findClient(request.raw);
    attempts.countFailure(address);
    if (token !== undefined) lostEntries.refusedToken(token, address);
    throw new FleetError("unauthenticated", "this token is not valid", {
      field: "token",
      advice: "npm start prints the first administrator's token, and keeps it in the file admin-token.",
    });
  }

  function setCookie(request: FastifyRequest, reply: FastifyReply, id: string): void {
    reply.header("set-cookie", sessionCookie(id, OPERATOR_SESSION_MS, isOverTls(request.raw), basePath));
  }

  return async (app) => {
    app.post(
      "/session",
      {
        config: { action: "session.begin" },
        schema: {
          operationId: "signIn",
          summary: "Sign in with a token, with email and password, or with a passkey",
          tags,
          security: [],
          body: SignInBody,
          response: { 204: Type.Null() },
          problems: [
            "unauthenticated",
            "second-factor-required",
            "forbidden",
            "rate-limited",
            "passkeys-unavailable",
            "conflict",
            "log-unavailable",
            "log-full",
          ],
        },
      },
      async (request, reply) => {
        // Another site's page must not sign the browser in to an account of its choice.
        requireSameOrigin(request.raw, context, true);
        const id = await begin(request);
        const previous = readSessionCookie(request.headers);
        if (previous !== undefined) await operatorSessions.end(previous);
        setCookie(request, reply, id);
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
      (request) => sessionOf(context, personOf(request)),
    );

    app.put(
      "/session/password",
      {
        config: { action: "session.change" },
        schema: {
          operationId: "changePassword",
          summary: "Change your password; your other sign-ins end",
          tags,
          body: ChangePasswordBody,
          response: { 204: Type.Null() },
          problems: ["unauthenticated", "person-unknown", "rate-limited", "log-full"],
        },
      },
      async (request, reply) => {
        const { address } = context.findClient(request.raw);
        const proof = await counted(attempts, address, () => changeOwnPassword(fleet, callerOf(request), request.body));
        await keepSignedIn(context, request, reply, proof);
        return reply.status(204).send(null);
      },
    );

    app.delete(
      "/sessions",
      {
        config: { action: "session.change" },
        schema: {
          operationId: "signOutEverywhere",
          summary: "End all your sign-ins, this one included; API keys stay",
          tags,
          response: { 204: Type.Null() },
          problems: ["person-unknown", "conflict", "log-full"],
        },
      },
      async (request, reply) => {
        await signOutEverywhere(fleet, callerOf(request));
        reply.header("set-cookie", removedSessionCookie(isOverTls(request.raw), basePath));
        return reply.status(204).send(null);
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
        const person = await operatorSessions.verify(session);
        await operatorSessions.end(session);
        if (person !== undefined) {
          accessEnded(fleet, person.id);
          recordSignedOut(context, request, person);
        }
        reply.header("set-cookie", removedSessionCookie(isOverTls(request.raw), basePath));
        return reply.status(204).send(null);
      },
    );
  };
}
