import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import { changeOwnNames, setFirstPassword } from "@fleetlog/fleet";
import { OPERATOR_SESSION_MS } from "@fleetlog/identity";
import { ChangeNamesBody, FirstPasswordBody, SessionInfo } from "@fleetlog/protocol";
import Type from "typebox";
import { bearerToken } from "../../access/authenticate.ts";
import { personOf } from "../../access/authorize.ts";
import { isOverTls, readSessionCookie, sessionCookie } from "../../access/cookie.ts";
import type { HttpContext } from "../../context.ts";
import { callerOf } from "../caller.ts";
import type { HttpResource } from "../resource.ts";
import { sessionOf } from "../sign-in/who.ts";

const tags = ["session"];

/** Changes the caller's names, and sets a first password. */
export const ownPerson: HttpResource = {
  tag: "session",
  schemas: { ChangeNames: ChangeNamesBody, FirstPassword: FirstPasswordBody },
  examples: {
    ChangeNames: { userName: "ada", givenName: "Ada", familyName: null },
    FirstPassword: { email: "ada@example.org", password: "correct horse battery" },
  },
  prefix: "/api",
  routes: ownPersonRoutes,
};

function ownPersonRoutes(context: HttpContext): FastifyPluginAsyncTypebox {
  const { fleet, operatorSessions, basePath } = context;

  return async (app) => {
    app.patch(
      "/session",
      {
        config: { action: "session.change" },
        schema: {
          operationId: "changeNames",
          summary: "Change your names; a name that is absent stays",
          tags,
          body: ChangeNamesBody,
          response: { 200: SessionInfo },
          problems: ["person-unknown", "person-ended", "conflict", "log-full"],
        },
      },
      async (request) => {
        const seq = await changeOwnNames(fleet, callerOf(request), request.body);
        return sessionOf(context, personOf(request), seq);
      },
    );

    app.post(
      "/session/person",
      {
        config: { action: "person.manage", proof: true },
        schema: {
          operationId: "setFirstPassword",
          summary: "For whoever has signed in with the installation's token: become an administrator with a password",
          tags,
          body: FirstPasswordBody,
          response: { 204: Type.Null() },
          problems: ["person-exists", "rate-limited", "conflict", "log-full"],
        },
      },
      async (request, reply) => {
        const { proof, seq } = await setFirstPassword(fleet, callerOf(request), request.body);
        const options = { atLeast: seq, whenBehind: "newest" } as const;
        // The query waits for the views, so that the next answer about the session has the person's name.
        await fleet.views.query("people.get", { id: proof.person }, options).catch(() => null);
        // A browser gets a session of the new person. A program keeps its token.
        if (bearerToken(request.headers) === undefined) {
          const id = await operatorSessions.beginFor(proof);
          const previous = readSessionCookie(request.headers);
          if (previous !== undefined) await operatorSessions.end(previous);
          reply.header("set-cookie", sessionCookie(id, OPERATOR_SESSION_MS, isOverTls(request.raw), basePath));
        }
        return reply.status(204).send(null);
      },
    );
  };
}
