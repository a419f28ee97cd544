import type { SecondFactorSecret } from "@fleetlog/protocol";
import { TOTP } from "otpauth";
import { Api } from "../../support/api.ts";
import { PASSWORD } from "./people.ts";
import type { Cell, Recipe, Request } from "./recipe.ts";

const PATH = "/api/session/second-factor";

/** Another person with the caller's rights makes the call after `prepare`. */
const asTwin =
  (request: Request, prepare: (twin: Api) => Promise<Partial<Request>> = async () => ({})): Recipe =>
  async ({ twin, admin }: Cell) => {
    const token = await twin();
    return token === undefined ? request : { ...request, ...(await prepare(new Api(admin.url, token))), token };
  };

/** Resolves with a function that makes the code of the moment. */
async function enrol(twin: Api): Promise<() => string> {
  const { body } = await twin.call<SecondFactorSecret>("POST", PATH, { password: PASSWORD });
  return () => new TOTP({ secret: body.secret }).generate();
}

async function turnOn(twin: Api): Promise<Partial<Request>> {
  await twin.call("POST", `${PATH}/confirm`, { code: (await enrol(twin))() });
  return {};
}

export const SIGN_IN_CALLS: Readonly<Record<string, Recipe>> = {
  "GET /api/session/second-factor": asTwin({ path: PATH }),
  "POST /api/session/second-factor": asTwin({ path: PATH, body: { password: PASSWORD } }),
  "POST /api/session/second-factor/confirm": asTwin(
    { path: `${PATH}/confirm`, body: { code: "000000" } },
    async (twin) => {
      const code = await enrol(twin);
      return { bodyNow: () => ({ code: code() }) };
    },
  ),
  "POST /api/session/second-factor/recovery-codes": asTwin(
    { path: `${PATH}/recovery-codes`, body: { password: PASSWORD } },
    turnOn,
  ),
  "POST /api/session/second-factor/off": asTwin({ path: `${PATH}/off`, body: { password: PASSWORD } }, turnOn),
  "GET /api/session/openid": () => ({ path: "/api/session/openid" }),
  "GET /api/session/openid/callback": () => ({ path: "/api/session/openid/callback?code=1&state=2" }),
  "PATCH /api/session": asTwin({ path: "/api/session", body: { givenName: "Ada" } }),
  "POST /api/session/person": (cell) => ({
    path: "/api/session/person",
    body: { email: `${cell.definition()}@example.org`, password: PASSWORD },
  }),
  "GET /api/session/open-ids": asTwin({ path: "/api/session/open-ids" }),
  "POST /api/session/open-ids": asTwin({ path: "/api/session/open-ids" }),
  "DELETE /api/session/open-ids/{link}": asTwin({ path: "/api/session/open-ids/none" }),
  "GET /api/session/ways": () => ({ path: "/api/session/ways" }),
  "DELETE /api/sessions": asTwin({ path: "/api/sessions" }),
  "GET /api/people/sign-up": () => ({ path: "/api/people/sign-up" }),
  "POST /api/people/sign-up": (cell) => ({
    path: "/api/people/sign-up",
    body: { email: `${cell.definition()}@example.org`, password: PASSWORD },
  }),
  "POST /api/people/confirm": async (cell) => {
    const email = `${cell.definition()}@example.org`;
    return { path: "/api/people/confirm", body: { email, code: await cell.hall.signUp(email) } };
  },
  "POST /api/people/forgot": async (cell) => {
    const { email } = await cell.person();
    return { path: "/api/people/forgot", body: { email } };
  },
};
