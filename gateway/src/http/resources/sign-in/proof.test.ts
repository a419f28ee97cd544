import { invitePerson, personCaller } from "@fleetlog/fleet";
import { beforeEach, describe, expect, it } from "vitest";
import { withViews } from "../../../testing/test-node.ts";
import { type TestServer, testServer } from "../../../testing/test-server.ts";

const PASSWORD = "correct horse";
const EMAIL = "ada@example.org";
const TEN_MINUTES = 10 * 60_000;
const KEY = { name: "reports", role: "viewer" };

const root = personCaller({ kind: "person", id: "root", name: "root", role: "admin" }, "c-0");

let server: TestServer;
let now: number;
beforeEach(async () => {
  now = Date.now();
  server = await testServer({ clock: () => now });
  const { fleet } = server.context;
  await withViews(server.node.backbone);
  const { person } = await invitePerson(fleet, root, { email: EMAIL, role: "owner" });
  await fleet.people.setPassword(person, await fleet.people.hashPassword(person, PASSWORD));
});

type Headers = Record<string, string>;
interface Answer {
  readonly code?: string;
  readonly field?: string;
  readonly accessToken?: string;
  readonly refreshToken?: string;
  readonly id?: string;
  readonly key?: string;
}
const call = async (method: "POST" | "PATCH" | "DELETE", url: string, headers: Headers, payload?: object) => {
  const response = await server.app.inject({ method, url, headers, ...(payload && { payload }) });
  const body: Answer = response.body === "" ? {} : response.json();
  return { status: response.statusCode, ...body };
};
async function byCookie(payload: object): Promise<Headers> {
  const { headers } = await server.app.inject({ method: "POST", url: "/api/session", payload });
  return { cookie: String(headers["set-cookie"]).split(";", 1)[0] ?? "", "sec-fetch-site": "same-origin" };
}
const signIn = () => byCookie({ email: EMAIL, password: PASSWORD });
const logIn = () => call("POST", "/api/tokens", {}, { email: EMAIL, password: PASSWORD });
const bearer = (token: string | undefined): Headers => ({ authorization: `Bearer ${token}` });
const makeKey = (headers: Headers) => call("POST", "/api/api-keys", headers, KEY);
const prove = (headers: Headers, proof: object) => call("POST", "/api/session/proof", headers, proof);
async function newestSeq(): Promise<number> {
  let newest = 0;
  for await (const { seq } of server.node.backbone.log.read({ stream: "FLEET" })) newest = seq;
  return newest;
}
const NEEDED = { status: 403, code: "proof-required" };

describe("a sign-in of more than ten minutes ago", () => {
  it("needs a proof for each call that adds or removes a way to sign in", async () => {
    const ada = await signIn();
    now += TEN_MINUTES;
    expect(await makeKey(ada)).toMatchObject({ status: 201 });
    // The answer is 404, because no OpenID provider is set.
    expect(await call("POST", "/api/session/open-ids", ada)).toMatchObject({ status: 404 });
    now += 1;
    expect(await makeKey(ada)).toMatchObject(NEEDED);
    expect(await call("POST", "/api/session/open-ids", ada)).toMatchObject(NEEDED);
    expect(await call("DELETE", "/api/session/open-ids/none", ada)).toMatchObject(NEEDED);
    for (const [path, method] of [
      ["second-factor", "POST"],
      ["second-factor/passkey", "POST"],
      ["second-factor/recovery-codes", "POST"],
      ["second-factor/off", "POST"],
      ["passkeys/options", "POST"],
      ["passkeys/none/remove", "POST"],
    ] as const) {
      expect(await call(method, `/api/session/${path}`, { ...ada, host: "localhost" }, {})).toMatchObject({
        status: 400,
      });
    }
    expect(await prove(ada, { password: "wrong" })).toMatchObject({ status: 401, field: "password" });
    expect(await prove(ada, { token: server.token })).toMatchObject({ status: 401, field: "password" });
    expect(await makeKey(ada)).toMatchObject(NEEDED);
    expect(await prove(ada, { password: PASSWORD })).toEqual({ status: 204 });
    expect(await makeKey(ada)).toMatchObject({ status: 201 });
    expect(await call("DELETE", "/api/session/open-ids/none", ada)).toEqual({ status: 204 });
  });

  it("needs a proof for each call that adds or removes somebody else's way to sign in, and changes nothing without it", async () => {
    const { fleet } = server.context;
    const eve = await invitePerson(fleet, root, { email: "eve@example.org", role: "viewer" });
    const path = `/api/people/${eve.person}`;
    const ada = await signIn();
    const { id } = await makeKey(ada);
    now += TEN_MINUTES + 1;
    const acts: readonly (readonly ["POST" | "PATCH" | "DELETE", string, object?])[] = [
      ["POST", "/api/people", { email: "new@example.org", role: "viewer" }],
      ["PATCH", path, { role: "analyst" }],
      ["POST", `${path}/link`],
      ["POST", `${path}/email-link`, { email: "eve@example.com" }],
      ["DELETE", `${path}/second-factor`],
      ["DELETE", path],
      ["DELETE", `/api/api-keys/${id}`],
    ];
    const before = await newestSeq();
    for (const [method, url, body] of acts) expect(await call(method, url, ada, body), url).toMatchObject(NEEDED);
    expect(await newestSeq()).toBe(before);
    expect(await prove(ada, { password: PASSWORD })).toEqual({ status: 204 });
    for (const [method, url, body] of acts) expect((await call(method, url, ada, body)).status, url).not.toBe(403);
    expect(await newestSeq()).toBeGreaterThan(before);
    // A key is a proof itself, as the installation's token is.
    const key = bearer((await makeKey(ada)).key);
    now += TEN_MINUTES + 1;
    expect((await call("POST", "/api/people", key, { email: "k@example.org", role: "viewer" })).code).not.toBe(
      "proof-required",
    );
  });

  it("needs a proof to ask for a new email address; even with a proof this is refused if no mail server is set", async () => {
    const ada = await signIn();
    now += TEN_MINUTES + 1;
    const ask = () => call("POST", "/api/session/email", ada, { email: "ada@example.com", password: PASSWORD });
    expect(await ask()).toMatchObject(NEEDED);
    await prove(ada, { password: PASSWORD });
    expect(await ask()).toMatchObject({ status: 403, code: "forbidden" });
  });

  it("does not repeat a kept answer without a proof", async () => {
    const ada = { ...(await signIn()), "idempotency-key": "k" };
    expect((await makeKey(ada)).status).toBe(201);
    now += TEN_MINUTES + 1;
    expect(await makeKey(ada)).toMatchObject(NEEDED);
  });

  it("does not become recent again by refreshed tokens, or by a session that an access token begins", async () => {
    const { refreshToken } = await logIn();
    now += TEN_MINUTES + 1;
    const { accessToken } = await call("POST", "/api/tokens/refresh", {}, { refreshToken });
    expect(await makeKey(bearer(accessToken))).toMatchObject(NEEDED);
    expect(await makeKey(await byCookie({ token: accessToken }))).toMatchObject(NEEDED);
    expect(await prove(bearer(accessToken), { password: PASSWORD })).toEqual({ status: 204 });
    expect(await makeKey(bearer(accessToken))).toMatchObject({ status: 201 });
    expect(await makeKey(bearer((await logIn()).accessToken))).toMatchObject({ status: 201 });
  });
});

it("the installation's token is a proof with each request, and for a session that it began", async () => {
  const admin = await byCookie({ token: server.token });
  now += TEN_MINUTES + 1;
  expect(await makeKey(bearer(server.token))).toMatchObject({ status: 201 });
  expect(await makeKey(admin)).toMatchObject(NEEDED);
  const ada = await logIn();
  for (const token of ["wrong", ada.accessToken]) {
    expect(await prove(admin, { token })).toMatchObject({ status: 401, field: "token" });
  }
  expect(await prove(admin, { token: server.token })).toEqual({ status: 204 });
  expect(await makeKey(admin)).toMatchObject({ status: 201 });
});
