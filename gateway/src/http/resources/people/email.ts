import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import { FleetError, PERSON_ID_PATTERN } from "@fleetlog/domain";
import { confirmEmailChange, makeEmailLink, requestEmailChange } from "@fleetlog/fleet";
import {
  AcceptedAnswer,
  ChangeEmailBody,
  ConfirmEmailBody,
  EmailLinkBody,
  PersonLinkAnswer,
  SessionInfo,
} from "@fleetlog/protocol";
import Type from "typebox";
import { Attempts } from "../../access/attempts.ts";
import { personOf } from "../../access/authorize.ts";
import { counted } from "../../access/counted.ts";
import type { HttpContext } from "../../context.ts";
import { callerOf } from "../caller.ts";
import { linkTo } from "../link.ts";
import type { HttpResource } from "../resource.ts";
import { SIGN_INS } from "../sign-in/sign-in.ts";
import { sessionOf } from "../sign-in/who.ts";

const ById = Type.Object({ id: Type.String({ pattern: PERSON_ID_PATTERN, accepts: "a person's id" }) });

/** Changes a person's email address. */
export const email: HttpResource = {
  tag: "session",
  schemas: { ChangeEmail: ChangeEmailBody, ConfirmEmail: ConfirmEmailBody, EmailLink: EmailLinkBody },
  examples: {
    ChangeEmail: { email: "ada@example.com", password: "correct horse battery" },
    ConfirmEmail: { code: "7KQ2M9XWTP" },
    EmailLink: { email: "ada@example.com" },
  },
  prefix: "/api",
  routes: emailRoutes,
};

function emailRoutes(context: HttpContext): FastifyPluginAsyncTypebox {
  const { fleet, clock, mails, findClient } = context;
  const attempts = new Attempts(SIGN_INS, clock);

  return async (app) => {
    app.post(
      "/session/email",
      {
        config: { action: "session.change", proof: true },
        schema: {
          operationId: "changeEmail",
          summary:
            "Ask for a code that confirms your new email address and is sent there; the present address gets a notice",
          description: "The answer is the same whether or not somebody has the address.",
          tags: ["session"],
          body: ChangeEmailBody,
          response: { 202: AcceptedAnswer },
          problems: [
            ...(["unauthenticated", "person-unknown", "rate-limited"] as const),
            ...(["forbidden", "conflict", "log-full"] as const),
          ],
        },
      },
      async (request, reply) => {
        if (!mails) {
          throw new FleetError("forbidden", "no mails are sent here", {
            advice: "Ask an owner or administrator for a one-time link.",
          });
        }
        await counted(attempts, findClient(request.raw).address, () =>
          requestEmailChange(fleet, callerOf(request), request.body, clock()),
        );
        return reply.status(202).send({ message: "A code is on its way to this address." });
      },
    );

    app.post(
      "/session/email/confirm",
      {
        config: { action: "session.change" },
        schema: {
          operationId: "confirmEmail",
          summary: "Replace your email address by the one that the code confirms",
          tags: ["session"],
          body: ConfirmEmailBody,
          response: { 200: SessionInfo },
          problems: [
            ...(["unauthenticated", "person-unknown", "person-exists", "person-ended"] as const),
            ...(["rate-limited", "conflict", "log-full"] as const),
          ],
        },
      },
      async (request) => {
        const { address } = findClient(request.raw);
        const confirm = () => confirmEmailChange(fleet, callerOf(request), request.body.code);
        return sessionOf(context, personOf(request), await counted(attempts, address, confirm));
      },
    );

    app.post(
      "/people/:id/email-link",
      {
        config: { action: "person.manage", proof: true, idempotent: true },
        schema: {
          operationId: "makePersonEmailLink",
          summary: "Make a one-time link by which the person, signed in, confirms another email address",
          tags: ["people"],
          params: ById,
          body: EmailLinkBody,
          response: { 201: PersonLinkAnswer },
          problems: ["person-unknown", "person-ended", "person-exists", "conflict", "log-full"],
        },
      },
      async (request, reply) => {
        const { id } = request.params;
        const { code, expiresAt } = await makeEmailLink(fleet, callerOf(request), id, {
          ...{ email: request.body.email, mail: mails, now: clock() },
        });
        return reply.status(201).send({ link: linkTo(context, request, "profile", { code }), code, expiresAt });
      },
    );
  };
}
