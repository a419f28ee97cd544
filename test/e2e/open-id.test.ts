import type { AuditPage, OpenIdList, PersonResource, SessionInfo } from "@fleetlog/protocol";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { eventually } from "../support/eventually.ts";
import { CLIENT_ID, CLIENT_SECRET, startProvider, type TestProvider } from "../support/open-id/provider.ts";
import { Visitor } from "../support/open-id/visitor.ts";
import { addPerson, logIn } from "../support/people.ts";
import { type Stack, startStack } from "../support/stack.ts";
import { writtenOf } from "../support/written.ts";

const COOKIE = "fleetlog_session";

let stack: Stack;
let provider: TestProvider;
let url = "";
const secrets: string[] = [CLIENT_SECRET];

beforeAll(async () => {
  stack = await startStack();
  ({ url } = stack.api);
  const callback = `${url}/api/session/openid/callback`;
  provider = await startProvider(callback);
  const [gateway] = stack.gateways;
  await gateway?.process.stop();
  await gateway?.restart({
    FLEETLOG_PUBLIC_URL: url,
    FLEETLOG_OIDC_ISSUER: provider.issuer,
    FLEETLOG_OIDC_CLIENT_ID: CLIENT_ID,
    FLEETLOG_OIDC_CLIENT_SECRET: CLIENT_SECRET,
    FLEETLOG_OIDC_ROLES: "fleet-readers=viewer, groups fleet-operators=operator",
  });
});
afterAll(async () => {
  await stack[Symbol.asyncDispose]();
  await provider[Symbol.asyncDispose]();
});

const isPage = (to: URL) => to.origin === url && !to.pathname.startsWith("/api/");
const isCallback = (to: URL) => to.pathname.endsWith("/callback");

async function signIn(name: string, visitor = new Visitor()) {
  const end = await visitor.go(`${url}/api/session/openid?to=/devices`, name, isPage);
  for (const each of visitor.visited) {
    const query = new URL(each).searchParams;
    secrets.push(...["code", "state", "nonce"].flatMap((key) => query.get(key) ?? []));
  }
  const cookie = visitor.cookie(url, COOKIE);
  const session = async () => {
    const response = await fetch(`${url}/api/session`, { headers: { cookie: `${COOKIE}=${cookie}` } });
    return { status: response.status, ...((await response.json()) as SessionInfo) };
  };
  return { end, cookie, session };
}

const ADA = { email: "Ada@example.org", email_verified: true, given_name: "Ada", groups: ["fleet-operators", "other"] };

describe("sign-in by an OpenID provider", () => {
  it("creates a person the first time, and finds the person by subject later", async () => {
    provider.people.set("ada", ADA);
    const { end, session } = await signIn("ada");
    expect(end.pathname).toBe("/devices");
    const first = await session();
    expect(first).toMatchObject({ status: 200, role: "operator", account: "main" });
    provider.people.set("ada", { ...ADA, email: "new-address@example.org" });
    const again = await (await signIn("ada")).session();
    expect(again.person.id).toBe(first.person.id);
    await eventually(async () => {
      const by = `by=${first.person.id}&action=SignedIn`;
      const { body: signIns } = await stack.api.call<AuditPage>("GET", `/api/audit?${by}`);
      expect(signIns.items[0]).toMatchObject({ kind: "sign-in", way: "open-id", address: "127.0.0.1" });
      const { body } = await stack.api.call<PersonResource>("GET", `/api/people/${first.person.id}`);
      expect(body).toMatchObject({ email: "ada@example.org", givenName: "Ada", status: "active" });
    });
  });

  it("gives the role of the claims each time, and refuses people without a role", async () => {
    provider.people.set("ada", { ...ADA, groups: ["fleet-readers"] });
    expect(await (await signIn("ada")).session()).toMatchObject({ role: "viewer" });
    provider.people.set("ada", { ...ADA, groups: [] });
    const refused = await signIn("ada");
    expect(refused.cookie).toBeUndefined();
    expect(refused.end.pathname).toBe("/sign-in");
    expect(refused.end.searchParams.get("refused")).toBe("forbidden");
  });

  it("finds an invited person only by an address that the provider has verified", async () => {
    const invited = await stack.api.call<PersonResource>("POST", "/api/people", {
      email: "bob@example.org",
      role: "viewer",
    });
    provider.people.set("bob", { email: "bob@example.org", groups: ["fleet-operators"] });
    expect((await signIn("bob")).end.searchParams.get("refused")).toBe("person-exists");
    provider.people.set("bob", { email: "bob@example.org", email_verified: true, groups: ["fleet-operators"] });
    const session = await (await signIn("bob")).session();
    expect(session).toMatchObject({ person: { id: invited.body.id }, role: "operator" });
  });

  it("refuses a person whose access was ended", async () => {
    provider.people.set("eve", { email: "eve@example.org", groups: ["fleet-operators"] });
    const { session } = await signIn("eve");
    const { person } = await session();
    expect((await stack.api.call("DELETE", `/api/people/${person.id}`)).status).toBe(204);
    await eventually(async () => expect((await session()).status).toBe(401));
    expect((await signIn("eve")).end.searchParams.get("refused")).toBe("person-ended");
  });

  it("works for a person with a password from the moment they connect the provider until they disconnect it", async () => {
    const { id, email } = await addPerson(stack.api, "cara@example.org");
    const api = await logIn(url, email);
    const connections = async () => (await api.call<OpenIdList>("GET", "/api/session/open-ids")).body;
    expect(await connections()).toEqual({ available: true, items: [] });
    provider.people.set("cara-at-work", { email: "c@work.example.org", groups: ["fleet-operators"] });
    const connect = async (name: string) => {
      const authorization = `Bearer ${api.token}`;
      const begun = await fetch(`${url}/api/session/open-ids`, { method: "POST", headers: { authorization } });
      expect(begun.status).toBe(201);
      const visitor = new Visitor();
      visitor.keep(url, begun);
      return visitor.go(((await begun.json()) as { url: string }).url, name, isPage);
    };
    const end = await connect("cara-at-work");
    expect([end.pathname, end.search]).toEqual(["/profile", ""]);
    const { items } = await connections();
    expect(items).toMatchObject([{ issuer: provider.issuer }]);
    expect(await (await signIn("cara-at-work")).session()).toMatchObject({ person: { id }, role: "operator" });
    await eventually(async () =>
      expect((await stack.api.call("GET", `/api/people/${id}`)).body).toMatchObject({ openIds: items }),
    );
    const taken = await connect("ada");
    expect([taken.pathname, taken.searchParams.get("refused")]).toEqual(["/profile", "person-exists"]);
    expect((await api.call("DELETE", `/api/session/open-ids/${items[0]?.link}`)).status).toBe(204);
    expect((await connections()).items).toEqual([]);
    provider.people.set("cara-at-work", { email: "c@work.example.org", groups: [] });
    expect((await signIn("cara-at-work")).end.searchParams.get("refused")).toBe("forbidden");

    const { cookie } = await signIn("bob");
    const asBob = (path: string, method = "GET") =>
      fetch(`${url}${path}`, { method, headers: { cookie: `${COOKIE}=${cookie}`, "sec-fetch-site": "same-origin" } });
    const [only] = ((await (await asBob("/api/session/open-ids")).json()) as OpenIdList).items;
    const refused = await asBob(`/api/session/open-ids/${only?.link}`, "DELETE");
    expect([refused.status, ((await refused.json()) as { code: string }).code]).toEqual([409, "last-sign-in"]);
  });

  it("accepts an answer of the provider once, and only in the browser that asked", async () => {
    provider.people.set("ada", ADA);
    const visitor = new Visitor();
    const callback = await visitor.go(`${url}/api/session/openid`, "ada", isCallback);
    secrets.push(callback.searchParams.get("code") ?? "", callback.searchParams.get("state") ?? "");
    const end = async (who: Visitor, to: URL) => new URL((await who.send(to)).location ?? "", url);
    const uninvited = await end(new Visitor(), callback);
    expect(uninvited.searchParams.get("refused")).toBe("unauthenticated");
    const other = new Visitor();
    await other.go(`${url}/api/session/openid`, "ada", isCallback);
    expect((await end(other, callback)).searchParams.get("refused")).toBe("unauthenticated");
    expect((await end(visitor, callback)).pathname).toBe("/");
    expect((await end(visitor, callback)).searchParams.get("refused")).toBe("unauthenticated");
  });

  it("redirects nobody to another site", async () => {
    const visitor = new Visitor();
    const end = await visitor.go(`${url}/api/session/openid?to=//evil.example`, "ada", isPage);
    expect(end.href).toBe(`${url}/`);
  });

  it("shows on the sign-in page that the provider does not answer", async () => {
    const away = await startProvider(`${url}/nowhere`);
    await away[Symbol.asyncDispose]();
    const [gateway] = stack.gateways;
    await gateway?.process.stop();
    await gateway?.restart({
      FLEETLOG_PUBLIC_URL: url,
      FLEETLOG_OIDC_ISSUER: away.issuer,
      FLEETLOG_OIDC_CLIENT_ID: "x",
    });
    const { location } = await new Visitor().send(new URL(`${url}/api/session/openid`));
    expect(new URL(location ?? "", url).searchParams.get("refused")).toBe("unavailable");
    expect((await stack.api.call("GET", "/api/session/ways")).body).toMatchObject({ openId: true });
  });

  it("leaves no secret and no address in files or log lines of the processes", async () => {
    const personal = [
      "ada@example.org",
      "bob@example.org",
      "eve@example.org",
      "cara@example.org",
      "c@work.example.org",
      "cara-at-work",
    ];
    expect(secrets.length).toBeGreaterThan(10);
    const events = ["PersonOpenIdLinked", "PersonSignedUp"];
    expect(await writtenOf(stack, [...secrets, ...personal, ...events])).toEqual(events);
  });
});
