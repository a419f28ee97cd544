import type { AuditPage, Problem, RecoveryCodes, SecondFactorSecret } from "@fleetlog/protocol";
import { TOTP } from "otpauth";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Api } from "../support/api.ts";
import { eventually } from "../support/eventually.ts";
import { addPerson, logIn, PASSWORD, signIn } from "../support/people.ts";
import { type RunningGateway, type Stack, startStack } from "../support/stack.ts";
import { writtenOf } from "../support/written.ts";

const EMAIL = "ada@example.org";
const STEP = 30_000;

let stack: Stack;
let first: RunningGateway;
let second: RunningGateway;
let ada: Api;
let id = "";
let secret = "";
let recoveryCodes: readonly string[] = [];

beforeAll(async () => {
  stack = await startStack({ gateways: 2 });
  [first, second] = stack.gateways as [RunningGateway, RunningGateway];
  ({ id } = await addPerson(first.api, EMAIL));
  ada = await logIn(first.api.url, EMAIL);
});
afterAll(() => stack[Symbol.asyncDispose]());

const code = (steps = 0) => new TOTP({ secret }).generate({ timestamp: Date.now() + steps * STEP });
const tokens = (otp?: string) =>
  new Api(second.api.url, "none").call<Problem>("POST", "/api/tokens", { email: EMAIL, password: PASSWORD, otp });
const status = async (api: Api, method: string, path: string, body?: unknown) =>
  (await api.call(method, path, body)).status;
const path = "/api/session/second-factor";

describe("the second factor", () => {
  it("is turned on with the password and a code", async () => {
    expect((await ada.call("GET", path)).body).toEqual({ on: false, recoveryCodes: 0 });
    expect(await status(ada, "POST", path, { password: "wrong" })).toBe(401);
    const made = await ada.call<SecondFactorSecret>("POST", path, { password: PASSWORD });
    expect(made.status).toBe(201);
    ({ secret } = made.body);
    expect(made.body.uri).toContain(secret);
    expect((await tokens()).status).toBe(201);
    expect((await ada.call("POST", `${path}/confirm`, { code: "000000x" })).body).toMatchObject({ field: "code" });
    // This is the previous step's code, so that a sign-in can use the later codes at once.
    await eventually(async () => {
      const confirmed = await ada.call<RecoveryCodes>("POST", `${path}/confirm`, { code: code(-1) });
      expect(confirmed.status).toBe(200);
      ({ recoveryCodes } = confirmed.body);
    });
    expect(recoveryCodes).toHaveLength(10);
    expect((await ada.call("GET", path)).body).toEqual({ on: true, recoveryCodes: 10 });
    expect(await status(ada, "POST", path, { password: PASSWORD })).toBe(409);
  });

  it("is asked for only after the right password, with its own error code", async () => {
    expect(await tokens()).toMatchObject({ status: 401, body: { code: "second-factor-required", field: "otp" } });
    const session = { email: EMAIL, password: PASSWORD };
    expect(await signIn(first.api.url, session)).toMatchObject({ status: 401, code: "second-factor-required" });
    expect(await signIn(first.api.url, { ...session, password: "wrong" })).toMatchObject({ code: "unauthenticated" });
    const wrong = await tokens(code(-5));
    expect(wrong).toMatchObject({ status: 401, body: { code: "unauthenticated", field: "otp" } });
  });

  it("accepts each code and each recovery code once on all nodes", async () => {
    const otp = code(1);
    expect((await tokens(otp)).status).toBe(201);
    expect((await tokens(otp)).status).toBe(401);
    const session = { email: EMAIL, password: PASSWORD, otp };
    expect((await signIn(first.api.url, session)).status).toBe(401);
    const [recovery = ""] = recoveryCodes;
    expect((await signIn(first.api.url, { ...session, otp: recovery })).status).toBe(204);
    expect((await tokens(recovery)).status).toBe(401);
    const renewed = await ada.call<RecoveryCodes>("POST", `${path}/recovery-codes`, { password: PASSWORD });
    expect((await tokens(recoveryCodes[1])).status).toBe(401);
    recoveryCodes = [...recoveryCodes, ...renewed.body.recoveryCodes];
    expect((await tokens(renewed.body.recoveryCodes[0])).status).toBe(201);
  });

  it("does not lock its owner out after 15 wrong codes", async () => {
    const wrong = await Promise.all(Array.from({ length: 15 }, () => tokens(code(-9))));
    expect(wrong.map(({ status }) => status)).toContain(429);
    expect((await tokens(recoveryCodes.at(-1))).status).toBe(201);
  });

  it("is turned off with the password", async () => {
    expect(await status(ada, "POST", `${path}/off`, { password: "wrong" })).toBeGreaterThan(400);
    expect(await status(ada, "POST", `${path}/off`, { password: PASSWORD })).toBe(204);
    expect((await tokens()).status).toBe(201);
  });

  it("is turned off by an administrator for a person who has lost it", async () => {
    const made = await ada.call<SecondFactorSecret>("POST", path, { password: PASSWORD });
    ({ secret } = made.body);
    await eventually(async () => expect(await status(ada, "POST", `${path}/confirm`, { code: code() })).toBe(200));
    expect((await tokens()).body).toMatchObject({ code: "second-factor-required" });
    expect(await status(ada, "DELETE", `/api/people/${id}/second-factor`)).toBe(403);
    expect(await status(second.api, "DELETE", `/api/people/${id}/second-factor`)).toBe(204);
    expect((await tokens()).status).toBe(201);
  });

  it("lets one call end all sign-ins, including the caller's", async () => {
    const { cookie } = await signIn(second.api.url, { email: EMAIL, password: PASSWORD });
    const session = async () => (await fetch(`${second.api.url}/api/session`, { headers: { cookie } })).status;
    expect(await session()).toBe(200);
    expect(await status(ada, "DELETE", "/api/sessions")).toBe(204);
    await eventually(async () => expect([await session(), await status(ada, "GET", path)]).toEqual([401, 401]));
    expect((await tokens()).status).toBe(201);
  });

  it("that was not given within five minutes is in the audit, even if the gateway ends in this time", async () => {
    ada = await logIn(first.api.url, EMAIL);
    const made = await ada.call<SecondFactorSecret>("POST", path, { password: PASSWORD });
    ({ secret } = made.body);
    await eventually(async () => expect(await status(ada, "POST", `${path}/confirm`, { code: code() })).toBe(200));
    for (let i = 0; i < 2; i++) expect((await tokens()).body).toMatchObject({ code: "second-factor-required" });
    await second.process.stop();
    await eventually(async () => {
      const audit = await first.api.call<AuditPage>("GET", "/api/audit?action=SecondFactorNotGiven");
      expect(audit.body.items).toMatchObject([
        { kind: "sign-in", action: "session.begin", by: id, call: "POST /api/tokens", count: 2 },
      ]);
    });
  });

  it("leaves no secret and no address in files or log lines of the processes", async () => {
    const secrets = [secret, PASSWORD, EMAIL, ...recoveryCodes];
    // The event types prove that the files are readable.
    const events = ["PersonSecondFactorTurnedOn", "PersonRecoveryCodeUsed", "PersonSignedOut"];
    expect(await writtenOf(stack, [...secrets, ...events])).toEqual(events);
  });
});
