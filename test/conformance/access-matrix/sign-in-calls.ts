import { SoftwareAuthenticator } from "@fleetlog/identity/testing";
import type { SecondFactorSecret, SessionInfo } from "@fleetlog/protocol";
import { TOTP } from "otpauth";
import { Api } from "../../support/api.ts";
import { addPasskey, newPasskey, PASSKEYS } from "../../support/passkeys.ts";
import { PASSWORD } from "./people.ts";
import type { Cell, Recipe, Request } from "./recipe.ts";

const PATH = "/api/session/second-factor";
export const PAGES = "https://fleet.example";
const NO_ID = "5b0f7c1e-8a7d-4a51-9a53-2f0a1c9e7d10";

/** Another person with the caller's rights makes the call after `prepare`. */
const asTwin =
  (request: Request, prepare: (twin: Api) => Promise<Partial<Request>> = async () => ({})): Recipe =>
  async ({ twin, admin }: Cell) => {
    const token = await twin();
    return token === undefined ? request : { ...request, ...(await prepare(new Api(admin.url, token))), token };
  };

/** For a call that does not change the person: one twin for all, because a new one costs two hashes of a password. */
const asSharedTwin =
  (request: Request): Recipe =>
  async ({ sharedTwin }: Cell) => {
    const token = await sharedTwin();
    return token === undefined ? request : { ...request, token };
  };

async function enrol(twin: Api): Promise<() => string> {
  const { body } = await twin.call<SecondFactorSecret>("POST", PATH, { password: PASSWORD });
  return () => new TOTP({ secret: body.secret }).generate();
}

async function turnOn(twin: Api): Promise<Partial<Request>> {
  await twin.call("POST", `${PATH}/confirm`, { code: (await enrol(twin))() });
  return {};
}

const device = () => new SoftwareAuthenticator(PAGES);

const withPasskey =
  (action = "") =>
  async (twin: Api): Promise<Partial<Request>> => ({
    path: `${PASSKEYS}/${(await addPasskey(twin, device())).id}${action}`,
  });

export const SIGN_IN_CALLS: Readonly<Record<string, Recipe>> = {
  "GET /api/session/second-factor": asSharedTwin({ path: PATH }),
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
  "POST /api/session/email": (cell) =>
    asTwin({ path: "/api/session/email", body: { email: `${cell.definition()}@example.org`, password: PASSWORD } })(
      cell,
    ),
  "POST /api/session/email/confirm": (cell) =>
    asTwin({ path: "/api/session/email/confirm", body: { code: "AAAAAAAAAA" } }, async (twin) => {
      const { person } = (await twin.call<SessionInfo>("GET", "/api/session")).body;
      const made = await cell.admin.call<{ code: string }>("POST", `/api/people/${person.id}/email-link`, {
        email: `${cell.definition()}@example.org`,
      });
      return { body: { code: made.body.code } };
    })(cell),
  "POST /api/session/proof": asSharedTwin({ path: "/api/session/proof", body: { password: PASSWORD } }),
  "GET /api/session/open-ids": asSharedTwin({ path: "/api/session/open-ids" }),
  "POST /api/session/open-ids": asSharedTwin({ path: "/api/session/open-ids" }),
  "DELETE /api/session/open-ids/{link}": asSharedTwin({ path: "/api/session/open-ids/none" }),
  "POST /api/session/second-factor/passkey": asTwin(
    { path: `${PATH}/passkey`, body: { password: PASSWORD } },
    async (twin) => {
      await addPasskey(twin, device());
      return {};
    },
  ),
  "GET /api/session/passkeys": asSharedTwin({ path: PASSKEYS }),
  "POST /api/session/passkeys/options": asSharedTwin({ path: `${PASSKEYS}/options`, body: { password: PASSWORD } }),
  "POST /api/session/passkeys": asTwin({ path: PASSKEYS, body: {} }, async (twin) => ({
    body: await newPasskey(twin, device()),
  })),
  "PATCH /api/session/passkeys/{id}": asTwin(
    { path: `${PASSKEYS}/${NO_ID}`, body: { name: "old phone" } },
    withPasskey(),
  ),
  "POST /api/session/passkeys/{id}/remove": asTwin(
    { path: `${PASSKEYS}/${NO_ID}/remove`, body: { password: PASSWORD } },
    withPasskey("/remove"),
  ),
  "POST /api/session/passkeys/challenge": () => ({ path: `${PASSKEYS}/challenge` }),
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
