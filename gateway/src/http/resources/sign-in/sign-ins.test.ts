import { FleetError } from "@fleetlog/domain";
import { createApiKey, invitePerson, personCaller } from "@fleetlog/fleet";
import { beforeEach, expect, it, vi } from "vitest";
import type { RefusedCall } from "../../../refusals/recorder.ts";
import type { SignInCall } from "../../../sign-ins/calls.ts";
import type { SignIns } from "../../../sign-ins/recorder.ts";
import { type TestServer, testServer } from "../../../testing/test-server.ts";

const EMAIL = "ada@example.org";
const PASSWORD = "correct horse";

let server: TestServer;
let person: string;
let signIns: SignInCall[];
let refused: RefusedCall[];
let asked: Parameters<SignIns["secondFactorAsked"]>[0][];
let given: number;
beforeEach(async () => {
  signIns = [];
  refused = [];
  asked = [];
  given = 0;
  server = await testServer({
    signIns: {
      record: (call) => void signIns.push(call),
      secondFactorAsked: (call) => void asked.push(call),
      secondFactorGiven: () => void given++,
    },
    refusals: { call: (call) => void refused.push(call) },
  });
  const { fleet } = server.context;
  const root = personCaller({ kind: "person", id: "root", name: "root", role: "admin" }, "c-0");
  ({ person } = await invitePerson(fleet, root, { email: EMAIL, role: "owner" }));
  await fleet.people.setPassword(person, await fleet.people.hashPassword(person, PASSWORD));
});

const call = (method: "POST" | "DELETE", url: string, payload?: object, headers: Record<string, string> = {}) =>
  server.app.inject({ method, url, headers, remoteAddress: "192.0.2.7", ...(payload && { payload }) });
const logIn = (more: object = {}) => call("POST", "/api/tokens", { email: EMAIL, password: PASSWORD, ...more });
const ofAda = (more: object) => ({ by: person, account: "main", address: "192.0.2.7", ...more });

it("the audit records a sign-in by password and by token, and the sign-out of each, with the caller's address", async () => {
  const pair = (await logIn()).json();
  const bearer = { authorization: `Bearer ${pair.accessToken}` };
  const session = await call("POST", "/api/session", { token: pair.accessToken });
  const cookie = String(session.headers["set-cookie"]).split(";", 1)[0] ?? "";
  await call("DELETE", "/api/session", undefined, { cookie, "sec-fetch-site": "same-origin" });
  await call("DELETE", "/api/tokens", undefined, bearer);
  await call("DELETE", "/api/tokens", undefined, bearer);
  await call("POST", "/api/session", { token: server.token });
  expect(signIns).toEqual([
    ofAda({ type: "SignedIn", way: "password", secondFactor: undefined, call: "POST /api/tokens" }),
    ofAda({ type: "SignedIn", way: "token", call: "POST /api/session" }),
    ofAda({ type: "SignedOut", call: "DELETE /api/session" }),
    ofAda({ type: "SignedOut", call: "DELETE /api/tokens" }),
    {
      type: "SignedIn",
      by: "admin",
      account: undefined,
      address: "192.0.2.7",
      way: "token",
      call: "POST /api/session",
    },
  ]);
  expect(JSON.stringify(signIns)).not.toContain("ada@");
});

it("a log-out with an API key, the installation's token or a browser's session is refused, because it would end nothing", async () => {
  const { fleet } = server.context;
  const ada = personCaller({ kind: "person", id: person, name: "Ada", role: "owner", account: "main" }, "c-1");
  const { key } = await createApiKey(fleet, ada, { name: "k", role: "viewer" }, Date.now());
  const session = await call("POST", "/api/session", { token: server.token });
  const cookie = String(session.headers["set-cookie"]).split(";", 1)[0] ?? "";
  for (const [headers, advice] of [
    [{ authorization: `Bearer ${key}` }, "DELETE /api/api-keys/{id}"],
    [{ authorization: `Bearer ${server.token}` }, "no log-in"],
    [{ cookie, "sec-fetch-site": "same-origin" }, "DELETE /api/session"],
  ] as const) {
    const refused = await call("DELETE", "/api/tokens", undefined, headers);
    const problem = { status: 400, code: "invalid-request", field: "Authorization" };
    expect(refused.json()).toMatchObject({ ...problem, advice: expect.stringContaining(advice) });
  }
  expect(signIns.filter(({ type }) => type === "SignedOut")).toEqual([]);
});

it("the audit records the reuse of a refresh token with its person, and a wrong one only as a refusal", async () => {
  const { refreshToken } = (await logIn()).json();
  const refresh = (token: string) => call("POST", "/api/tokens/refresh", { refreshToken: token });
  expect((await refresh(refreshToken)).statusCode).toBe(201);
  expect(signIns).toHaveLength(1);
  expect((await refresh(refreshToken)).statusCode).toBe(401);
  expect(signIns.slice(1)).toEqual([ofAda({ type: "RefreshTokenReused", call: "POST /api/tokens/refresh" })]);
  // The reuse has ended all tokens of that log-in.
  expect((await refresh(refreshToken)).statusCode).toBe(401);
  expect((await refresh(`flr_${"a".repeat(22)}.${"b".repeat(43)}`)).statusCode).toBe(401);
  expect(signIns).toHaveLength(2);
  expect(refused.map(({ by, code }) => [by, code])).toEqual(Array(3).fill([undefined, "unauthenticated"]));
});

it("the audit records a wrong second factor with the person, and a wrong password without; a right password that lacks the second factor is no refusal", async () => {
  const { secondFactors } = server.context.fleet;
  const prepared = await secondFactors.prepareWithoutApp(person);
  await secondFactors.turnOnPrepared(person, prepared?.id ?? "");
  expect((await logIn()).json()).toMatchObject({ code: "second-factor-required" });
  expect((await call("POST", "/api/session", { email: EMAIL, password: PASSWORD })).statusCode).toBe(401);
  expect(asked).toEqual([ofAda({ call: "POST /api/tokens" }), ofAda({ call: "POST /api/session" })]);
  await logIn({ otp: " " });
  expect([asked.length, given]).toEqual([3, 0]);
  await logIn({ otp: "wrong" });
  expect(given).toBe(1);
  await logIn({ password: "wrong horse" });
  expect(refused).toMatchObject([
    ofAda({ code: "unauthenticated", action: "session.begin", call: "POST /api/tokens" }),
    { by: undefined, code: "unauthenticated", address: "192.0.2.7" },
  ]);
  expect(signIns).toEqual([]);
  // A second factor that could not be checked counts as not given.
  vi.spyOn(secondFactors, "status").mockRejectedValueOnce(new FleetError("log-unavailable", "the log is away"));
  expect((await logIn({ otp: "123456" })).statusCode).toBe(503);
  expect([asked.length, given]).toEqual([3, 1]);
  expect((await logIn({ otp: prepared?.recoveryCodes[0] })).statusCode).toBe(201);
  expect([asked.length, given]).toEqual([3, 2]);
  // These answers reveal that the password is right, but no second factor was checked.
  const bytes = "a".repeat(22);
  const response = { clientDataJSON: bytes, authenticatorData: bytes, signature: bytes };
  const passkey = { id: bytes, rawId: bytes, type: "public-key", response };
  const without = { email: EMAIL, password: PASSWORD, passkey };
  const elsewhere = await call("POST", "/api/tokens", without, { host: "192.0.2.1" });
  expect(elsewhere.json()).toMatchObject({ code: "passkeys-unavailable" });
  vi.spyOn(secondFactors, "use").mockRejectedValueOnce(new FleetError("conflict", "it is being used elsewhere"));
  expect((await logIn({ otp: "123456" })).statusCode).toBe(409);
  expect([asked.length, given]).toEqual([5, 2]);
  expect(signIns).toEqual([
    ofAda({ type: "SignedIn", way: "password", secondFactor: "code", call: "POST /api/tokens" }),
  ]);
});
