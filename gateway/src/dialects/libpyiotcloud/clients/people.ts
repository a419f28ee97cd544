import { invalid } from "@fleetlog/domain";
import type { PersonTokenPair } from "@fleetlog/identity";
import { PersonTokens } from "@fleetlog/identity";
import type { FastifyInstance } from "fastify";
import Type from "typebox";
import { Attempts } from "../../../http/access/attempts.ts";
import { personOf } from "../../../http/access/authorize.ts";
import type { DialectHttpContext } from "../../../http/context.ts";
import { SignUpSteps } from "../../../http/resources/people/sign-up-steps.ts";
import { recordSignedOut, refreshTokens } from "../../../http/resources/sign-in/recorded-sign-ins.ts";
import { SIGN_INS, signInByPassword } from "../../../http/resources/sign-in/sign-in.ts";
import { ok } from "./answers.ts";
import { addCall } from "./call.ts";
import { FORGOT_PASSWORD, LOG_IN, LOGIN_PAGE } from "./pages.ts";

const login = Type.String({ minLength: 1, maxLength: 256, description: "A user name or an email address" });
const email = Type.String({ minLength: 3, maxLength: 256 });
const password = Type.String({ minLength: 1, maxLength: 1_024 });
const confirmationcode = Type.String({ minLength: 6, maxLength: 64 });
const name = Type.Optional(Type.String({ maxLength: 128 }));
const refreshtoken = Type.String({ minLength: 1, maxLength: 512 });

const SignUp = Type.Object({ username: login, password, email, givenname: name, familyname: name });
const LogIn = Type.Object({ username: login, password, otp: Type.Optional(Type.String({ maxLength: 64 })) });

export function peopleCalls(app: FastifyInstance, context: DialectHttpContext): void {
  const { fleet, personTokens, clock } = context;
  const steps = new SignUpSteps(context);
  const attempts = new Attempts(SIGN_INS, clock);
  const byAnybody = { action: "session.begin" } as const;

  addCall(app, "/signup", {
    ...byAnybody,
    body: SignUp,
    async answer({ username, password, email, givenname, familyname }, request) {
      const isAddress = username.includes("@");
      if (isAddress && username.trim().toLowerCase() !== email.trim().toLowerCase())
        throw invalid("username", "a user name has no @, unless it is the email address");
      await steps.signUp(request, {
        email,
        password,
        ...(!isAddress && { userName: username.trim() }),
        ...named("givenName", givenname),
        ...named("familyName", familyname),
      });
      return ok();
    },
  });

  addCall(app, "/confirm_signup", {
    ...byAnybody,
    body: Type.Object({ username: login, confirmationcode }),
    async answer({ username, confirmationcode: code }, request) {
      await steps.confirm(request, { email: username, code });
      return ok();
    },
  });

  addCall(app, "/login", {
    ...byAnybody,
    kind: "login",
    body: LogIn,
    async answer({ username, password, otp }, request) {
      const proof = await signInByPassword(context, attempts, request, { email: username, password, otp });
      return ok(tokensIn(await personTokens.issue(proof)));
    },
  });

  addCall(app, "/refresh_token", {
    ...byAnybody,
    kind: "login",
    body: Type.Object({ refreshtoken }),
    async answer({ refreshtoken }, request) {
      const given = { token: refreshtoken, field: "token" };
      return ok(tokensIn(await refreshTokens(context, attempts, request, given)));
    },
  });

  addCall(app, "/logout", {
    action: "session.change",
    body: Type.Object({ token: Type.String() }),
    async answer({ token }, request) {
      if (PersonTokens.isAccessToken(token) && (await personTokens.end(token))) {
        recordSignedOut(context, request, personOf(request));
      }
      return ok();
    },
  });

  addCall(app, "/forgot_password", {
    ...byAnybody,
    body: Type.Object({ email }),
    async answer({ email }, request, reply) {
      await steps.forgot(request, email);
      return reply.type("text/html; charset=utf-8").send(FORGOT_PASSWORD);
    },
  });

  addCall(app, "/confirm_forgot_password", {
    ...byAnybody,
    body: Type.Object({ username: login, confirmationcode, password }),
    async answer({ username, confirmationcode: code, password }, request, reply) {
      await steps.reset(request, { email: username, code, password });
      return reply.redirect(LOGIN_PAGE, 302);
    },
  });

  app.get(LOGIN_PAGE, { config: { action: "pages.read" } }, (_, reply) =>
    reply.type("text/html; charset=utf-8").send(LOG_IN),
  );

  addCall(app, "/get_user_info", {
    action: "session.read",
    body: Type.Object({}),
    async answer(_, request) {
      const person = personOf(request);
      const found = await fleet.views.query("people.get", { id: person.id }, { whenAway: "wait" });
      if (found === null) return ok({ info: JSON.stringify({ username: person.name }) });
      const { email, userName = email, givenName = "", familyName = "" } = await fleet.personal.openIn(found);
      // If somebody else has the user name, calls accept only the email address.
      const username = (await fleet.people.findRecent(userName)) === person.id ? userName : email;
      return ok({ info: JSON.stringify({ username, email, givenname: givenName, familyname: familyName }) });
    },
  });
}

function named(field: "givenName" | "familyName", text: string | undefined) {
  const trimmed = text?.trim() ?? "";
  return trimmed === "" ? {} : { [field]: trimmed };
}

/** `expires` is an addition, because the old system's tokens did not end. */
function tokensIn({ accessToken, refreshToken, expiresAt }: PersonTokenPair) {
  return { token: accessToken, refreshtoken: refreshToken, expires: new Date(expiresAt).toISOString() };
}
