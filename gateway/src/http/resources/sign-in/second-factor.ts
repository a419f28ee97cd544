import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import {
  confirmSecondFactor,
  enrolSecondFactor,
  ownSecondFactor,
  renewRecoveryCodes,
  turnOffSecondFactor,
  turnOnSecondFactorByPasskey,
} from "@fleetlog/fleet";
import {
  PasswordBody,
  RecoveryCodes,
  SecondFactor,
  SecondFactorCodeBody,
  SecondFactorSecret,
} from "@fleetlog/protocol";
import type { FastifyRequest } from "fastify";
import Type from "typebox";
import { Attempts } from "../../access/attempts.ts";
import { counted } from "../../access/counted.ts";
import { relyingPartyFor } from "../../access/relying-party.ts";
import type { HttpContext } from "../../context.ts";
import { NoQuery } from "../../input/no-query.ts";
import { callerOf } from "../caller.ts";
import type { HttpResource } from "../resource.ts";
import { SIGN_INS } from "./sign-in.ts";

const tags = ["session"];
const PROBLEMS = ["unauthenticated", "person-unknown", "conflict", "rate-limited", "log-full"] as const;

export const secondFactor: HttpResource = {
  tag: "session",
  schemas: {
    SecondFactor,
    SecondFactorSecret,
    RecoveryCodes,
    Password: PasswordBody,
    SecondFactorCode: SecondFactorCodeBody,
  },
  examples: {
    SecondFactor: { on: true, recoveryCodes: 10 },
    SecondFactorSecret: {
      secret: "the secret",
      uri: "otpauth://totp/Fleetlog:ada%40example.org?issuer=Fleetlog&secret=…",
    },
    RecoveryCodes: { recoveryCodes: ["7KQ2M9XWTP", "H4ZC8VNRBD"] },
    Password: { password: "correct horse battery" },
    SecondFactorCode: { code: "123456" },
  },
  prefix: "/api",
  routes: secondFactorRoutes,
};

function secondFactorRoutes(context: HttpContext): FastifyPluginAsyncTypebox {
  const { fleet, clock, findClient } = context;
  const attempts = new Attempts(SIGN_INS, clock);
  const checked = <T>(request: FastifyRequest, call: () => Promise<T>) =>
    counted(attempts, findClient(request.raw).address, call);

  return async (app) => {
    app.get(
      "/session/second-factor",
      {
        config: { action: "session.read" },
        schema: {
          operationId: "getSecondFactor",
          summary: "Whether your sign-ins need a code",
          tags,
          querystring: NoQuery,
          response: { 200: SecondFactor },
          problems: ["person-unknown", "log-unavailable"],
        },
      },
      (request) => ownSecondFactor(fleet, callerOf(request)),
    );

    app.post(
      "/session/second-factor",
      {
        config: { action: "session.change" },
        schema: {
          operationId: "enrolSecondFactor",
          summary: "Make a secret for an authenticator app; a code confirms it",
          tags,
          body: PasswordBody,
          response: { 201: SecondFactorSecret },
          problems: PROBLEMS,
        },
      },
      async (request, reply) => {
        const { password } = request.body;
        const made = await checked(request, () => enrolSecondFactor(fleet, callerOf(request), password));
        return reply.status(201).send(made);
      },
    );

    app.post(
      "/session/second-factor/confirm",
      {
        config: { action: "session.change" },
        schema: {
          operationId: "confirmSecondFactor",
          summary: "Turn the second factor on, by a code of the authenticator app",
          tags,
          body: SecondFactorCodeBody,
          response: { 200: RecoveryCodes },
          problems: PROBLEMS,
        },
      },
      async (request) => {
        const { code } = request.body;
        const codes = await checked(request, () => confirmSecondFactor(fleet, callerOf(request), code));
        return { recoveryCodes: [...codes] };
      },
    );

    app.post(
      "/session/second-factor/passkey",
      {
        config: { action: "session.change" },
        schema: {
          operationId: "turnOnSecondFactorByPasskey",
          summary: "Turn the second factor on without an authenticator app: your passkeys are the second factor",
          tags,
          body: PasswordBody,
          response: { 200: RecoveryCodes },
          problems: [...PROBLEMS, "passkeys-unavailable"],
        },
      },
      async (request) => {
        const { password } = request.body;
        const codes = await checked(request, () =>
          turnOnSecondFactorByPasskey(fleet, callerOf(request), password, () => relyingPartyFor(context, request)),
        );
        return { recoveryCodes: [...codes] };
      },
    );

    app.post(
      "/session/second-factor/recovery-codes",
      {
        config: { action: "session.change" },
        schema: {
          operationId: "renewRecoveryCodes",
          summary: "Make new recovery codes, which replace the earlier ones",
          tags,
          body: PasswordBody,
          response: { 200: RecoveryCodes },
          problems: PROBLEMS,
        },
      },
      async (request) => {
        const { password } = request.body;
        const codes = await checked(request, () => renewRecoveryCodes(fleet, callerOf(request), password));
        return { recoveryCodes: [...codes] };
      },
    );

    app.post(
      "/session/second-factor/off",
      {
        config: { action: "session.change" },
        schema: {
          operationId: "turnOffSecondFactor",
          summary: "Turn the second factor off",
          tags,
          body: PasswordBody,
          response: { 204: Type.Null() },
          problems: PROBLEMS,
        },
      },
      async (request, reply) => {
        const { password } = request.body;
        await checked(request, () => turnOffSecondFactor(fleet, callerOf(request), password));
        return reply.status(204).send(null);
      },
    );
  };
}
