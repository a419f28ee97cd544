import { toEvent } from "@fleetlog/domain";
import { createApiKey, invitePerson, personCaller } from "@fleetlog/fleet";
import type { Bucket } from "@fleetlog/log";
import { beforeEach, expect, it, vi } from "vitest";
import { type TestServer, testServer } from "../../testing/test-server.ts";

const EMAIL = "ada@example.org";
const PASSWORD = "correct horse";

let server: TestServer;
let person: string;
let key: string;
let keyId: string;
beforeEach(async () => {
  server = await testServer();
  const { fleet } = server.context;
  const root = personCaller({ kind: "person", id: "root", name: "root", role: "admin" }, "c-0");
  ({ person } = await invitePerson(fleet, root, { email: EMAIL, role: "owner" }));
  const confirmed = { type: "PersonConfirmed", data: { person, by: person } } as const;
  const time = new Date().toISOString();
  await fleet.log.append(toEvent(confirmed, { id: "confirmed", source: "/test", time, entity: person }));
  await fleet.people.setPassword(person, await fleet.people.hashPassword(person, PASSWORD));
  const ada = personCaller({ kind: "person", id: person, name: "ada", role: "owner", account: "main" }, "c-1");
  const made = await createApiKey(fleet, ada, { name: "k", role: "viewer" }, Date.now());
  [key, keyId] = [made.key, made.apiKey.id];
});

const base64url = (text: string) => Buffer.from(text).toString("base64url");
const open = (name: string): Promise<Bucket> => server.context.buckets.open(name, { maxBytes: 2 ** 20 });
async function loseAll(name: string, prefix: string): Promise<void> {
  const bucket = await open(name);
  for (const { key: entry } of await bucket.entries(prefix)) await bucket.delete(entry);
}
const logIn = (email = EMAIL, password = PASSWORD) =>
  server.app.inject({ method: "POST", url: "/api/tokens", payload: { email, password } });
const call = (token: string) =>
  server.app.inject({ url: "/api/api-keys", headers: { authorization: `Bearer ${token}` } });
const begin = (token: string) => server.app.inject({ method: "POST", url: "/api/session", payload: { token } });
const reported = () =>
  server.node.logged
    .filter(({ msg }) => msg === "a credential is refused, because its entry is lost")
    .map(({ id, reason }) => [id, reason]);

it.each([
  ["a person's entry", "person."],
  ["a person's address", "email."],
])("%s that KV_people has lost is logged when the person can't log in", async (_, prefix) => {
  expect((await logIn()).statusCode).toBe(201);
  await loseAll("people", prefix);
  const refused = await logIn();
  expect([refused.statusCode, refused.json().detail]).toEqual([401, "email or password is wrong"]);
  await vi.waitFor(() => expect(reported()).toEqual([[person, expect.stringContaining("KV_people")]]));
});

it("a browser's session and an access token are refused and logged if KV_people has lost the entry of their person", async () => {
  const begun = await server.app.inject({
    method: "POST",
    url: "/api/session",
    payload: { email: EMAIL, password: PASSWORD },
  });
  const cookie = String(begun.headers["set-cookie"]).split(";")[0] ?? "";
  const { accessToken } = (await logIn()).json();
  const session = () => server.app.inject({ url: "/api/session", headers: { cookie } });
  expect([(await session()).statusCode, (await call(accessToken)).statusCode]).toEqual([200, 200]);
  await loseAll("people", "person.");
  server.context.operatorSessions.forget();
  server.context.personTokens.forget();
  expect((await session()).statusCode).toBe(401);
  await vi.waitFor(() => expect(reported()).toEqual([[person, expect.stringContaining("KV_people")]]));
  expect((await call(accessToken)).statusCode).toBe(401);
  await vi.waitFor(() => expect(reported()).toHaveLength(2));
});

it("passkeys that KV_passkeys has lost are logged when one is refused", async () => {
  const data = {
    person,
    by: person,
    passkey: "p1",
    name: { subject: person, sealed: "x" },
    site: "localhost",
    publicKey: "x",
  };
  const added = { type: "PersonPasskeyAdded", data } as const;
  const time = new Date().toISOString();
  await server.context.fleet.log.append(toEvent(added, { id: "added", source: "/test", time, entity: person }));
  const response = { clientDataJSON: "e30", authenticatorData: "e30", signature: "e30", userHandle: base64url(person) };
  const passkey = { id: "e30", rawId: "e30", type: "public-key", response };
  const refused = await server.app.inject({ method: "POST", url: "/api/session", payload: { passkey } });
  expect([refused.statusCode, refused.json().code]).toEqual([401, "unauthenticated"]);
  await vi.waitFor(() => expect(reported()).toEqual([[person, expect.stringContaining("KV_passkeys")]]));
});

it("a second factor that KV_second-factors has lost is logged when the person logs in, and the log-in is refused", async () => {
  const data = { person, by: person };
  const on = { type: "PersonSecondFactorTurnedOn", data } as const;
  await server.context.fleet.log.append(
    toEvent(on, { id: "on", source: "/test", time: new Date().toISOString(), entity: person }),
  );
  const refused = await logIn();
  expect([refused.statusCode, refused.json().code]).toEqual([401, "second-factor-required"]);
  await vi.waitFor(() => expect(reported()).toEqual([[person, expect.stringContaining("KV_second-factors")]]));
});

it("few log-ins with unknown addresses search for a lost address, because a search reads all people", async () => {
  const search = vi.spyOn(server.context.fleet.people, "findInRecords");
  for (let i = 0; i < 4; i++) await logIn(`nobody-${i}@example.org`);
  await vi.waitFor(() => expect(search).toHaveBeenCalledTimes(2));
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(search).toHaveBeenCalledTimes(2);
});

it("an API key that KV_api-keys has lost is logged when it is refused", async () => {
  expect((await call(key)).statusCode).not.toBe(401);
  await loseAll("api-keys", "key.");
  server.context.fleet.apiKeys.forget();
  expect((await call(key)).statusCode).toBe(401);
  await vi.waitFor(() => expect(reported()).toEqual([[keyId, expect.stringContaining("KV_api-keys")]]));
});

it("an API key is refused and logged if KV_people has lost the entry of the person who made it", async () => {
  await loseAll("people", "person.");
  expect((await call(key)).statusCode).toBe(401);
  await vi.waitFor(() => expect(reported()).toEqual([[person, expect.stringContaining("KV_people")]]));
});

it("the first administrator's token that KV_operators has lost is logged when it is refused", async () => {
  expect((await call(server.token)).statusCode).not.toBe(401);
  await loseAll("operators", "operator.");
  await vi.waitFor(async () => expect((await begin(server.token)).statusCode).toBe(401));
  await vi.waitFor(() => expect(reported()).toContainEqual(["admin", expect.stringContaining("KV_operators")]));
});

it("nothing is logged for a wrong token or password, a revoked key, or a person who has ended", async () => {
  const { people, apiKeys } = server.context.fleet;
  await logIn(EMAIL, "a wrong password");
  await logIn("nobody@example.org");
  await call("a wrong token");
  await call(`flk_${"a".repeat(16)}.${"b".repeat(43)}`);
  await call(`${key.slice(0, -4)}AAAA`);
  await apiKeys.revoke(keyId);
  await call(key);
  await people.end(person);
  await logIn();
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(reported()).toEqual([]);
});
