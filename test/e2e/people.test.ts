import { once } from "node:events";
import type { PersonPage, PersonResource, Problem, SessionInfo, TokenPair } from "@fleetlog/protocol";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import WebSocket from "ws";
import { Api } from "../support/api.ts";
import { eventually } from "../support/eventually.ts";
import { type RunningGateway, type Stack, startStack } from "../support/stack.ts";
import { msUntil, withinASecond } from "../support/within-a-second.ts";

const PASSWORD = "correct horse battery";

let stack: Stack;
let first: RunningGateway;
let second: RunningGateway;
let count = 0;

beforeAll(async () => {
  // Without pings, only the change itself ends a feed within a second: the check of all feeds comes every 30 s.
  stack = await startStack({ gateways: 2, env: { FLEETLOG_PING_INTERVAL: "1h" } });
  [first, second] = stack.gateways as [RunningGateway, RunningGateway];
});
afterAll(() => stack[Symbol.asyncDispose]());

const anonymous = () => new Api(second.api.url, "none");
const logIn = (email: string, password = PASSWORD) =>
  anonymous().call<TokenPair>("POST", "/api/tokens", { email, password });
const status = async (api: Api, method: string, path: string, body?: unknown) =>
  (await api.call(method, path, body)).status;

async function person(role = "operator") {
  const email = `person-${++count}@example.org`;
  const invited = await first.api.call<PersonResource>("POST", "/api/people", { email, role });
  expect(invited).toMatchObject({ status: 201, body: { email, role, status: "invited", account: "main" } });
  const { id } = invited.body;
  const made = await first.api.call<{ link: string; code: string }>("POST", `/api/people/${id}/link`);
  expect(made.status).toBe(201);
  const { code, link } = made.body;
  expect(new URLSearchParams(new URL(link).hash.slice(1)).get("code")).toBe(code);
  const reset = { email, code, password: PASSWORD };
  expect(await status(anonymous(), "POST", "/api/people/reset", reset)).toBe(204);
  expect(await status(anonymous(), "POST", "/api/people/reset", reset)).toBe(401);
  return { id, email };
}

async function signedIn(email: string): Promise<{ api: Api; pair: TokenPair }> {
  const { status, body } = await logIn(email);
  expect(status).toBe(201);
  return { api: new Api(second.api.url, body.accessToken), pair: body };
}

async function browser(email: string) {
  const response = await fetch(`${second.api.url}/api/session`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ email, password: PASSWORD }),
  });
  expect(response.status).toBe(204);
  const cookie = String(response.headers.get("set-cookie")).split(";", 1)[0] ?? "";
  const feed = new WebSocket(`${second.api.url.replace("http", "ws")}/live`, {
    headers: { cookie, origin: second.api.url },
  });
  await once(feed, "open");
  const session = async () => (await fetch(`${second.api.url}/api/session`, { headers: { cookie } })).status;
  return { feed, closed: once(feed, "close"), session };
}

describe("people", () => {
  it("are invited, set a password by a one-time link and log in on any node", async () => {
    const { id, email } = await person("viewer");
    const { api } = await signedIn(email);
    const { body } = await api.call<SessionInfo>("GET", "/api/session");
    expect(body).toMatchObject({ person: { id, email }, account: "main", role: "viewer" });
    expect(await status(api, "GET", "/api/devices")).toBe(200);
    expect(await status(api, "POST", "/api/devices", { id: "not-allowed" })).toBe(403);
    expect(await status(api, "GET", "/api/people")).toBe(403);
    expect((await first.api.call("GET", "/api/people")).body).toMatchObject({ total: count });
  });

  it("are listed by their ids, at most 100 at once", async () => {
    const [one, other] = [await person("viewer"), await person("owner")];
    const listed = (api: Api, ids: readonly string[]) =>
      api.call<PersonPage & Problem>("GET", `/api/people?ids=${ids.join()}`);
    const { api } = await signedIn(other.email);
    for (const caller of [first.api, api]) {
      const { body } = await listed(caller, [one.id, "nobody", other.id]);
      expect(body).toMatchObject({ items: [{ id: one.id, email: one.email }, { id: other.id }], next: null, total: 2 });
    }
    expect((await listed((await signedIn(one.email)).api, [one.id])).status).toBe(403);
    for (const ids of [[], Array.from({ length: 101 }, (_, index) => `p${index}`)])
      expect((await listed(first.api, ids)).body).toMatchObject({ code: "invalid-request", field: "ids" });
  });

  it("get the same answer for an unknown address as for a wrong password", async () => {
    const { email } = await person();
    const answers = await Promise.all([logIn(email, "wrong password"), logIn("nobody@example.org", "wrong password")]);
    const [known, unknown] = answers.map(({ status, body }) => ({ status, body: { ...body, correlationid: "" } }));
    expect(known?.status).toBe(401);
    expect(unknown).toEqual(known);
  });

  it("lose tokens, session and feed on both nodes within a second when their access is ended", async () => {
    let [id, email, refreshToken] = ["", "", ""];
    await withinASecond(async () => {
      ({ id, email } = await person());
      const { api, pair } = await signedIn(email);
      ({ refreshToken } = pair);
      const { closed, session } = await browser(email);
      const nodes = [api, new Api(first.api.url, pair.accessToken)];
      const statuses = async () => [
        ...(await Promise.all(nodes.map((node) => status(node, "GET", "/api/devices")))),
        await session(),
      ];
      expect(await statuses()).toEqual([200, 200, 200]);
      expect(await status(first.api, "DELETE", `/api/people/${id}?erase=true`)).toBe(204);
      const refused = eventually(async () => expect(await statuses()).toEqual([401, 401, 401]));
      return msUntil(Promise.all([closed, refused]));
    });
    expect(await status(anonymous(), "POST", "/api/tokens/refresh", { refreshToken })).toBe(401);
    expect((await logIn(email)).status).toBe(401);
    const { body } = await first.api.call("GET", `/api/people/${id}`);
    expect(body).toMatchObject({ status: "erased", email: "erased" });
  });

  it("have no access on either node within a second after logging out", async () => {
    const { email } = await person();
    await withinASecond(async () => {
      const { api, pair } = await signedIn(email);
      const nodes = [api, new Api(first.api.url, pair.accessToken)];
      const statuses = () => Promise.all(nodes.map((node) => status(node, "GET", "/api/session")));
      expect(await statuses()).toEqual([200, 200]);
      expect(await status(api, "DELETE", "/api/tokens")).toBe(204);
      return msUntil(eventually(async () => expect(await statuses()).toEqual([401, 401])));
    });
  });

  it("lose the whole token family when a refresh token is used twice", async () => {
    const { pair } = await signedIn((await person()).email);
    const { refreshToken } = pair;
    const next = await anonymous().call<TokenPair>("POST", "/api/tokens/refresh", { refreshToken });
    expect(next.status).toBe(201);
    const api = new Api(first.api.url, next.body.accessToken);
    expect(await status(api, "GET", "/api/session")).toBe(200);
    expect(await status(anonymous(), "POST", "/api/tokens/refresh", { refreshToken })).toBe(401);
    await eventually(async () => expect(await status(api, "GET", "/api/session")).toBe(401));
    const again = { refreshToken: next.body.refreshToken };
    expect(await status(anonymous(), "POST", "/api/tokens/refresh", again)).toBe(401);
  });

  it("end their other sign-ins by setting a new password, and their present sign-in by logging out", async () => {
    const { email } = await person();
    const [mine, other] = [await signedIn(email), await signedIn(email)];
    const { closed } = await browser(email);
    const change = { password: PASSWORD, newPassword: "another horse battery" };
    expect(await status(mine.api, "PUT", "/api/session/password", { ...change, password: "wrong" })).toBe(401);
    expect(await status(mine.api, "PUT", "/api/session/password", change)).toBe(204);
    await closed;
    await eventually(async () => expect(await status(other.api, "GET", "/api/session")).toBe(401));
    expect(await status(mine.api, "GET", "/api/session")).toBe(200);
    expect(await status(mine.api, "DELETE", "/api/tokens")).toBe(204);
    expect(await status(mine.api, "GET", "/api/session")).toBe(401);
    expect((await logIn(email)).status).toBe(401);
    expect((await logIn(email, change.newPassword)).status).toBe(201);
  });

  it("have their changed rights on another node within a second; feeds with the earlier rights end there", async () => {
    await withinASecond(async (attempt) => {
      const { id, email } = await person("operator");
      const { api } = await signedIn(email);
      const { closed } = await browser(email);
      expect(await status(api, "POST", "/api/devices", { id: `allowed-${attempt}` })).toBe(201);
      expect(await status(first.api, "PATCH", `/api/people/${id}`, { role: "viewer" })).toBe(200);
      const late = { id: `allowed-${attempt}` };
      const refused = eventually(async () => expect(await status(api, "POST", "/api/devices", late)).toBe(403));
      return msUntil(Promise.all([closed, refused]));
    });
  });

  // The last test: later wrong sign-ins from this address are answered with 429.
  it("log in with the right password after 30 wrong passwords from the address", async () => {
    const { email } = await person();
    const wrong = await Promise.all(Array.from({ length: 30 }, () => logIn(email, "wrong password")));
    expect(wrong.some(({ status }) => status === 429)).toBe(true);
    expect((await logIn(email)).status).toBe(201);
  });
});
