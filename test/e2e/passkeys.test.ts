import { SoftwareAuthenticator } from "@fleetlog/identity/testing";
import type { AuditPage, PasskeyList, Problem, RecoveryCodes } from "@fleetlog/protocol";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Api } from "../support/api.ts";
import { eventually } from "../support/eventually.ts";
import { addPasskey, newPasskey, PASSKEYS, passkeyAnswer } from "../support/passkeys.ts";
import { addPerson, logIn, PASSWORD, signIn } from "../support/people.ts";
import { type RunningGateway, type Stack, startStack } from "../support/stack.ts";
import { writtenOf } from "../support/written.ts";

const EMAIL = "ada@example.org";
const PAGES = "https://fleet.example";

let stack: Stack;
let first: RunningGateway;
let second: RunningGateway;
let ada: Api;
let id = "";
const phone = new SoftwareAuthenticator(PAGES, { counts: true });

beforeAll(async () => {
  stack = await startStack({ gateways: 2, env: { FLEETLOG_PUBLIC_URL: PAGES } });
  [first, second] = stack.gateways as [RunningGateway, RunningGateway];
  ({ id } = await addPerson(first.api, EMAIL));
  ada = await logIn(first.api.url, EMAIL);
});
afterAll(() => stack[Symbol.asyncDispose]());

const list = async () => (await ada.call<PasskeyList>("GET", PASSKEYS)).body;
const answer = (forged?: Parameters<SoftwareAuthenticator["get"]>[1]) => passkeyAnswer(second.api.url, phone, forged);
const tokens = (body: object) =>
  new Api(second.api.url, "none").call<Problem>("POST", "/api/tokens", { email: EMAIL, password: PASSWORD, ...body });
const whoIs = async (url: string, cookie: string) =>
  (await fetch(`${url}/api/session`, { headers: { cookie } })).status;

describe("a passkey", () => {
  it("is added on one node, and signs in on the other without a password; each answer is valid once", async () => {
    expect(await list()).toEqual({ items: [], next: null, total: 0 });
    expect((await ada.call("POST", `${PASSKEYS}/options`, { password: "wrong" })).body).toMatchObject({
      status: 401,
      field: "password",
    });
    const added = await addPasskey(ada, phone, "Ada's phone");
    expect(added).toMatchObject({ name: "Ada's phone", site: "fleet.example" });
    const passkey = await answer();
    const { status, cookie } = await signIn(second.api.url, { passkey });
    expect(status).toBe(204);
    expect(await whoIs(first.api.url, cookie)).toBe(200);
    expect(await signIn(first.api.url, { passkey })).toMatchObject({ status: 401, code: "unauthenticated" });
    expect((await list()).items).toMatchObject([{ id: added.id, usedAt: expect.any(String) }]);
    const renamed = await ada.call("PATCH", `${PASSKEYS}/${added.id}`, { name: "Old phone" });
    expect(renamed.body).toMatchObject({ id: added.id, name: "Old phone" });
  });

  it("gets the same answer for an unknown passkey as for a wrong answer", async () => {
    const problems: unknown[] = [];
    for (const forged of [{ otherKey: true }, { userHandle: "bm9ib2R5" }, { origin: "https://evil.example" }]) {
      const response = await fetch(`${first.api.url}/api/session`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ passkey: await answer(forged) }),
      });
      const { correlationid: _, ...problem } = (await response.json()) as Problem & { correlationid: string };
      problems.push(problem);
    }
    expect(problems[0]).toMatchObject({ status: 401, code: "unauthenticated", field: "passkey" });
    expect(problems.slice(1)).toEqual([problems[0], problems[0]]);
  });

  it("that was copied is refused, and the audit shows the refusal beside the sign-in", async () => {
    expect((await signIn(first.api.url, { passkey: await answer({ counter: 1 }) })).status).toBe(401);
    await eventually(async () => {
      const { body } = await stack.api.call<AuditPage>("GET", `/api/audit?by=${id}`);
      expect(body.items).toContainEqual(expect.objectContaining({ event: "PersonPasskeyRefused" }));
      expect(body.items).toContainEqual(expect.objectContaining({ event: "SignedIn", way: "passkey" }));
    });
    expect((await signIn(first.api.url, { passkey: await answer() })).status).toBe(204);
  });

  it("is the second factor after a password", async () => {
    const on = await ada.call<RecoveryCodes>("POST", "/api/session/second-factor/passkey", { password: PASSWORD });
    expect(on.body.recoveryCodes).toHaveLength(10);
    expect(await tokens({})).toMatchObject({ status: 401, body: { code: "second-factor-required" } });
    expect(await tokens({ passkey: await answer({ otherKey: true }) })).toMatchObject({ body: { field: "passkey" } });
    expect((await tokens({ passkey: await answer() })).status).toBe(201);
    const session = { email: EMAIL, password: PASSWORD, passkey: await answer() };
    expect((await signIn(first.api.url, session)).status).toBe(204);
    expect((await signIn(first.api.url, { ...session, password: "wrong", passkey: await answer() })).status).toBe(401);
    const off = await ada.call("POST", "/api/session/second-factor/off", { password: PASSWORD });
    expect(off.status).toBe(204);
  });

  it("works only at the address of the pages", async () => {
    const origin = { origin: "http://127.0.0.1:8080" };
    const refused = await new Api(first.api.url, "none").call("POST", `${PASSKEYS}/challenge`, undefined, origin);
    expect(refused).toMatchObject({ status: 409, body: { code: "passkeys-unavailable" } });
    expect(JSON.stringify(refused.body)).toContain(PAGES);
  });

  it("that is removed ends its sign-ins on every node, and keeps the caller's sign-in", async () => {
    const { cookie } = await signIn(second.api.url, { passkey: await answer() });
    const [{ id: passkey } = { id: "" }] = (await list()).items;
    const remove = (body: unknown) => ada.call("POST", `${PASSKEYS}/${passkey}/remove`, body);
    expect((await remove({ password: "wrong" })).status).toBe(401);
    expect((await remove({ password: PASSWORD })).status).toBe(204);
    expect((await signIn(second.api.url, { passkey: await answer() })).status).toBe(401);
    await eventually(async () => expect(await whoIs(second.api.url, cookie)).toBe(401));
    expect((await list()).total).toBe(0);
    expect(await remove({ password: PASSWORD })).toMatchObject({ status: 404, body: { code: "passkey-unknown" } });
  });

  it("ends with its person on every node", async () => {
    await addPasskey(ada, phone, "Ada's phone");
    const late = await newPasskey(ada, new SoftwareAuthenticator(PAGES));
    expect((await stack.api.call("DELETE", `/api/people/${id}`)).status).toBe(204);
    expect((await signIn(second.api.url, { passkey: await answer() })).status).toBe(401);
    await eventually(async () => expect((await ada.call("POST", PASSKEYS, late)).status).toBe(401));
  });

  it("leaves no name in the files and log lines of the processes", async () => {
    // The event types prove that the files are readable.
    const events = ["PersonPasskeyAdded", "PersonPasskeyRenamed", "PersonPasskeyRemoved"];
    expect(await writtenOf(stack, [PASSWORD, EMAIL, "Ada's phone", "Old phone", ...events])).toEqual(events);
  });
});
