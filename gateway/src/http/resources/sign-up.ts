import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import { confirmPerson, forgotPassword, prepareSignUp, resetPassword, signUp as signPersonUp } from "@fleetlog/fleet";
import {
  AcceptedAnswer,
  ConfirmPersonBody,
  ForgotPasswordBody,
  ResetPasswordBody,
  SignUpBody,
  SignUpInfo,
} from "@fleetlog/protocol";
import type { FastifyRequest } from "fastify";
import Type from "typebox";
import { Attempts } from "../access/attempts.ts";
import { atEvenTimes } from "../access/even-time.ts";
import type { HttpContext } from "../context.ts";
import { NoQuery } from "../input/no-query.ts";
import { SIGN_UP_EXAMPLES } from "./examples.ts";
import type { HttpResource } from "./resource.ts";
import { SIGN_INS } from "./sign-in.ts";

const tags = ["sign-up"];
/** Longer than a call takes on a node that is not overloaded. */
const STEP_MS = 250;
/** Mails that may be requested from one address. Limits the log's growth, and unwanted mails. */
const ASKED = { burst: 300, refillMs: 10_000, addresses: 10_000 };

export const signUp: HttpResource = {
  tag: "sign-up",
  description:
    "Signing up, and setting a password by a code. Answers and their times are the same whether or not an email address is known",
  schemas: {
    SignUpInfo,
    SignUp: SignUpBody,
    ConfirmPerson: ConfirmPersonBody,
    ForgotPassword: ForgotPasswordBody,
    ResetPassword: ResetPasswordBody,
    Accepted: AcceptedAnswer,
  },
  examples: SIGN_UP_EXAMPLES,
  prefix: "/api",
  routes: signUpRoutes,
};

function signUpRoutes({ fleet, clock, findClient, ...context }: HttpContext): FastifyPluginAsyncTypebox {
  const wrong = new Attempts(SIGN_INS, clock, "too many wrong codes came from this address");
  const asked = new Attempts(ASKED, clock, "too many mails were asked for from this address");
  const origin = ({ id }: FastifyRequest) => ({ correlationid: id });
  const addressOf = ({ raw }: FastifyRequest) => findClient(raw).address;

  /** A right code is accepted after any number of wrong codes. */
  async function byCode(request: FastifyRequest, work: () => Promise<void>): Promise<void> {
    try {
      await atEvenTimes(STEP_MS, work);
    } catch (error) {
      if ((error as { code?: unknown }).code === "unauthenticated") wrong.countFailure(addressOf(request));
      throw error;
    }
  }

  return async (app) => {
    app.get(
      "/people/sign-up",
      {
        config: { action: "session.begin" },
        schema: {
          operationId: "getSignUp",
          summary: "Who may sign up, and whether a forgotten password can be replaced by mail",
          tags,
          security: [],
          querystring: NoQuery,
          response: { 200: SignUpInfo },
        },
      },
      () => ({ signUp: context.signUp, mail: context.mails }),
    );

    app.post(
      "/people/sign-up",
      {
        config: { action: "session.begin" },
        schema: {
          operationId: "signUp",
          summary: "Sign up: a code is mailed; the answer is the same for a known address",
          tags,
          security: [],
          body: SignUpBody,
          response: { 202: AcceptedAnswer },
          problems: ["forbidden", "rate-limited", "conflict", "log-full", "log-unavailable"],
        },
      },
      async (request, reply) => {
        const { email, password, ...names } = request.body;
        if (context.signUp !== "off") asked.countFailure(addressOf(request));
        await atEvenTimes(STEP_MS, async () => {
          const prepared = await prepareSignUp(fleet, context.signUp, { email, password });
          await signPersonUp(fleet, origin(request), context.signUp, prepared, names, clock());
        });
        return reply.status(202).send({ message: "If this address can sign up, a code is on its way to it." });
      },
    );

    app.post(
      "/people/confirm",
      {
        config: { action: "session.begin" },
        schema: {
          operationId: "confirmPerson",
          summary: "Confirm an email address by the code of a mail",
          tags,
          security: [],
          body: ConfirmPersonBody,
          response: { 204: Type.Null() },
          problems: ["unauthenticated", "rate-limited", "conflict", "log-full", "log-unavailable"],
        },
      },
      async (request, reply) => {
        await byCode(request, () => confirmPerson(fleet, origin(request), request.body));
        return reply.status(204).send(null);
      },
    );

    app.post(
      "/people/forgot",
      {
        config: { action: "session.begin" },
        schema: {
          operationId: "forgotPassword",
          summary: "Ask for a code for a new password by mail; the answer is the same for an unknown address",
          tags,
          security: [],
          body: ForgotPasswordBody,
          response: { 202: AcceptedAnswer },
          problems: ["rate-limited", "conflict", "log-full", "log-unavailable"],
        },
      },
      async (request, reply) => {
        asked.countFailure(addressOf(request));
        if (context.mails) {
          await atEvenTimes(STEP_MS, () => forgotPassword(fleet, origin(request), request.body.email, clock()));
        }
        return reply.status(202).send({ message: "If somebody has this address, a code is on its way to it." });
      },
    );

    app.post(
      "/people/reset",
      {
        config: { action: "session.begin" },
        schema: {
          operationId: "resetPassword",
          summary: "Set a password by a code",
          tags,
          security: [],
          body: ResetPasswordBody,
          response: { 204: Type.Null() },
          problems: ["unauthenticated", "rate-limited", "conflict", "log-full", "log-unavailable"],
        },
      },
      async (request, reply) => {
        await byCode(request, () => resetPassword(fleet, origin(request), request.body));
        return reply.status(204).send(null);
      },
    );
  };
}
