import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import {
  AcceptedAnswer,
  ConfirmPersonBody,
  ForgotPasswordBody,
  ResetPasswordBody,
  SignUpBody,
  SignUpInfo,
} from "@fleetlog/protocol";
import Type from "typebox";
import type { HttpContext } from "../../context.ts";
import { NoQuery } from "../../input/no-query.ts";
import type { HttpResource } from "../resource.ts";
import { SIGN_UP_EXAMPLES } from "./examples.ts";
import { SignUpSteps } from "./sign-up-steps.ts";

const tags = ["sign-up"];

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

function signUpRoutes(context: HttpContext): FastifyPluginAsyncTypebox {
  const steps = new SignUpSteps(context);

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
        await steps.signUp(request, request.body);
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
        await steps.confirm(request, request.body);
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
        await steps.forgot(request, request.body.email);
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
        await steps.reset(request, request.body);
        return reply.status(204).send(null);
      },
    );
  };
}
