import type { PersonPage, PersonResource, SessionInfo, SignUpInfo, TokenPair } from "@fleetlog/protocol";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Api } from "../support/api.ts";
import { eventually } from "../support/eventually.ts";
import { type MailServer, type ReceivedMail, startMailServer } from "../support/mail-server.ts";
import { type RunningGateway, type Stack, startStack } from "../support/stack.ts";

const PASSWORD = "correct horse battery";
const PUBLIC_URL = "https://fleet.example/x/";

let mail: MailServer;
let stack: Stack;
let first: RunningGateway;
let second: RunningGateway;
let count = 0;

beforeAll(async () => {
  mail = await startMailServer({ auth: "fleet:s3cret" });
  stack = await startStack({
    gateways: 2,
    env: {
      FLEETLOG_SMTP_URL: mail.url,
      FLEETLOG_MAIL_FROM: "Fleetlog <fleetlog@fleet.example>",
      FLEETLOG_PUBLIC_URL: PUBLIC_URL,
      FLEETLOG_SIGN_UP: "open",
      FLEETLOG_TRUSTED_PROXIES: "127.0.0.1",
    },
  });
  [first, second] = stack.gateways as [RunningGateway, RunningGateway];
});
afterAll(async () => {
  await stack?.[Symbol.asyncDispose]();
  await mail?.stop();
});

const anonymous = (node = second) => new Api(node.api.url, "none");
const post = <Body = unknown>(path: string, body: unknown, node = second) =>
  anonymous(node).call<Body>("POST", `/api/${path}`, body);
const status = async (path: string, body: unknown, node = second) => (await post(path, body, node)).status;
const logIn = (email: string, password = PASSWORD) => post<TokenPair>("tokens", { email, password });
const newAddress = () => `person-${++count}@example.org`;
const mailsTo = (address: string) => mail.mails.filter(({ to }) => to.includes(address));

async function mailed(address: string, total = 1): Promise<ReceivedMail> {
  await eventually(async () => expect(mailsTo(address)).toHaveLength(total));
  return mail.newest(address) as ReceivedMail;
}

async function signedUp(more: object = {}): Promise<string> {
  const email = newAddress();
  expect(await status("people/sign-up", { email, password: PASSWORD, ...more })).toBe(202);
  const { code } = await mailed(email);
  expect(await status("people/confirm", { email, code }, first)).toBe(204);
  return email;
}

async function session(email: string, password = PASSWORD): Promise<{ api: Api; info: SessionInfo }> {
  const { status, body } = await logIn(email, password);
  expect(status).toBe(201);
  const api = new Api(first.api.url, body.accessToken);
  return { api, info: (await api.call<SessionInfo>("GET", "/api/session")).body };
}

describe("a person who signs up", () => {
  it("confirms the address by a code from a mail, and gets a new account", async () => {
    expect((await anonymous().call<SignUpInfo>("GET", "/api/people/sign-up")).body).toEqual({
      signUp: "open",
      mail: true,
    });
    const email = newAddress();
    const names = { userName: "Countess", givenName: "Augusta", familyName: "Lovelace" };
    const answer = await post("people/sign-up", { email: email.toUpperCase(), password: PASSWORD, ...names });
    expect(answer).toMatchObject({ status: 202, body: { message: expect.any(String) } });
    expect((await logIn(email)).status).toBe(401);
    const { code, text, subject } = await mailed(email);
    expect(subject).toContain("Confirm");
    expect(text).toContain(`${PUBLIC_URL}confirm#email=${encodeURIComponent(email)}&code=${code}`);
    for (const wrong of ["AAAAAAAAAA", code.slice(1)])
      expect(await status("people/confirm", { email, code: wrong })).toBe(401);
    expect(await status("people/confirm", { email, code: code.toLowerCase() }, first)).toBe(204);
    expect(await status("people/confirm", { email, code })).toBe(401);
    const { api, info } = await session(email);
    expect(info).toMatchObject({ role: "owner", account: expect.stringMatching(/^own-/), person: { email } });
    expect((await api.call("POST", "/api/devices", { id: "mine" })).status).toBe(201);
    expect((await api.call<PersonPage>("GET", "/api/people")).body).toMatchObject({
      items: [{ email, ...names, status: "active", mail: { purpose: "confirmation", state: "sent" } }],
      total: 1,
    });
    const other = await session(await signedUp());
    expect((await other.api.call("GET", "/api/devices/mine")).status).toBe(404);
  });

  it("gets a notice for a known address, and the same answer as for a new address", async () => {
    const email = await signedUp();
    const known = await post("people/sign-up", { email, password: "somebody else's" });
    const unknown = await post("people/sign-up", { email: newAddress(), password: "somebody else's" });
    expect([known.status, known.body]).toEqual([unknown.status, unknown.body]);
    const { subject, code, text } = await mailed(email, 2);
    expect([subject, code]).toEqual(["You have signed up for Fleetlog before", ""]);
    expect(text).toContain(`${PUBLIC_URL}forgot`);
    expect((await logIn(email)).status).toBe(201);
    expect((await logIn(email, "somebody else's")).status).toBe(401);
  });
});

describe("a person", () => {
  it("gets a link by mail when invited, and can't be invited again", async () => {
    const email = newAddress();
    const invited = await first.api.call<PersonResource>("POST", "/api/people", { email, role: "viewer" });
    expect(invited.status).toBe(201);
    const { text, code } = await mailed(email);
    expect(text).toContain(`${PUBLIC_URL}reset#email=`);
    expect(await status("people/reset", { email, code, password: PASSWORD })).toBe(204);
    expect((await session(email)).info).toMatchObject({ role: "viewer", account: "main" });
  });

  it("replaces a forgotten password by a code, and loses all sign-ins", async () => {
    const email = await signedUp();
    const { api } = await session(email);
    const known = await post("people/forgot", { email });
    const unknown = await post("people/forgot", { email: "nobody@example.org" });
    expect([known.status, known.body]).toEqual([202, unknown.body]);
    const { code: earlier } = await mailed(email, 2);
    await post("people/forgot", { email }, first);
    const { code } = await mailed(email, 3);
    const reset = (code: string) => status("people/reset", { email, code, password: "another horse battery" });
    expect([await reset(earlier), await reset(code), await reset(code)]).toEqual([401, 204, 401]);
    await eventually(async () => expect((await api.call("GET", "/api/session")).status).toBe(401));
    expect((await logIn(email)).status).toBe(401);
    await session(email, "another horse battery");
  });

  it("changes the address by a code from a mail to the new one, on any node; the old one gets a notice", async () => {
    const [email, next] = [await signedUp(), newAddress()];
    const { api } = await session(email);
    const asked = await api.call("POST", "/api/session/email", { email: next, password: PASSWORD });
    expect(asked).toMatchObject({ status: 202, body: { message: expect.any(String) } });
    expect((await mailed(email, 2)).subject).toContain("about to change");
    const { code, text } = await mailed(next);
    expect(text).toContain(`${PUBLIC_URL}profile#code=${code}`);
    expect((await logIn(email)).status).toBe(201);
    const there = new Api(second.api.url, (await logIn(email)).body.accessToken);
    const confirmed = await there.call<SessionInfo>("POST", "/api/session/email/confirm", { code });
    expect(confirmed).toMatchObject({ status: 200, body: { person: { email: next } } });
    expect((await logIn(email)).status).toBe(401);
    const { info } = await session(next);
    const path = `/api/audit?by=${info.person.id}&limit=100`;
    await eventually(async () =>
      expect(JSON.stringify((await first.api.call("GET", path)).body)).toContain("PersonEmailChanged"),
    );
  });

  it("disappears from every page when erased, and may sign up again as a new person", async () => {
    const email = await signedUp({ givenName: "Grace" });
    const { info } = await session(email);
    const id = info.person.id;
    expect((await first.api.call("DELETE", `/api/people/${id}?erase=true`)).status).toBe(204);
    expect((await logIn(email)).status).toBe(401);
    await eventually(async () => {
      const pages = await Promise.all(
        stack.gateways.map(async ({ api }) => JSON.stringify((await api.call("GET", "/api/people?limit=1000")).body)),
      );
      for (const page of pages) for (const secret of [email, "Grace"]) expect(page).not.toContain(secret);
    });
    expect((await post("people/sign-up", { email, password: PASSWORD })).status).toBe(202);
    const { code } = await mailed(email, 2);
    expect(await status("people/confirm", { email, code })).toBe(204);
    expect((await session(email)).info.person.id).not.toBe(id);
  });
});

describe("mails", () => {
  it("are sent once when the mail server comes back, even if the reactors are killed meanwhile", async () => {
    const emails = [newAddress(), newAddress(), newAddress()];
    mail.refuse((address) => (emails.includes(address) ? { code: 451, text: `${address} later` } : undefined));
    for (const email of emails) expect(await status("people/sign-up", { email, password: PASSWORD })).toBe(202);
    const [reactors] = stack.reactors;
    await eventually(async () => expect(reactors?.process.logs().join("\n")).toContain("answered 451 to RCPT TO"));
    await reactors?.process.kill();
    mail.refuse(undefined);
    await reactors?.restart();
    for (const email of emails) {
      const { code } = await mailed(email);
      expect(await status("people/confirm", { email, code })).toBe(204);
    }
    const ids = mail.mails.map(({ messageId }) => messageId);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it("are given up when the server refuses them permanently, and lists of people show the refusal without the address", async () => {
    mail.refuse((address) => ({ code: 550, text: `5.1.1 no such user ${address}` }));
    const email = newAddress();
    const { body } = await first.api.call<PersonResource>("POST", "/api/people", { email, role: "viewer" });
    await eventually(async () => {
      const found = await first.api.call<PersonResource>("GET", `/api/people/${body.id}`);
      expect(found.body.mail).toEqual({
        purpose: "invitation",
        state: "failed",
        reason: expect.stringMatching(/^the mail server refused the address \(550/),
      });
    });
    mail.refuse(undefined);
    expect(stack.reactors.flatMap(({ process }) => process.logs()).join("\n")).not.toContain(email);
  });
});

// The last test: later wrong codes from this address are answered with 429.
describe("answers about sign-up and forgotten passwords", () => {
  it("are equal for known and unknown addresses in a thousand tries, and right credentials are accepted", async () => {
    const email = await signedUp();
    await post("people/forgot", { email });
    const { code } = await mailed(email, 2);
    const kinds: Readonly<Record<string, object>> = {
      "people/sign-up": { password: PASSWORD },
      "people/forgot": {},
      "people/reset": { code: "AAAAAAAAAA", password: PASSWORD },
      "people/confirm": { code: "AAAAAAAAAA" },
      tokens: { password: "wrong password" },
    };
    const answers = new Map<string, Set<string>>();
    const ask = async (path: string, address: string, kind: string, from?: string) => {
      const headers = from === undefined ? {} : { "x-forwarded-for": from };
      const call = anonymous().call<object>("POST", `/api/${path}`, { email: address, ...kinds[path] }, headers);
      const { status, body } = await call;
      // Calls that share an address reach its limit in random order.
      if (from === undefined) return;
      const told = JSON.stringify({ status, body: { ...body, correlationid: "" } });
      const key = `${kind} ${path}`;
      answers.set(key, (answers.get(key) ?? new Set()).add(told));
    };
    for (let round = 0; round < 25; round++) {
      await Promise.all(
        Object.keys(kinds).flatMap((path) =>
          Array.from({ length: 4 }, (_, i) => {
            const from = i < 2 ? `10.0.${round}.${i}` : undefined;
            const unknown = `unknown-${round}-${i}@example.org`;
            return [ask(path, email, "known", from), ask(path, unknown, "unknown", from)];
          }).flat(),
        ),
      );
    }
    for (const path of Object.keys(kinds)) {
      expect([...(answers.get(`known ${path}`) ?? [])], path).toEqual([expect.any(String)]);
      expect(answers.get(`known ${path}`), path).toEqual(answers.get(`unknown ${path}`));
    }
    // On a slow machine, the address may have regained attempts by now.
    await eventually(async () => {
      expect(await status("people/reset", { email, code: "AAAAAAAAAA", password: PASSWORD })).toBe(429);
    });
    expect((await logIn(email)).status).toBe(201);
    const newest = mailsTo(email).findLast(({ subject }) => subject.includes("new password"));
    expect(newest?.code).not.toBe(code);
    await eventually(async () => {
      const { code } = mailsTo(email).findLast(({ subject }) => subject.includes("new password")) as ReceivedMail;
      expect(await status("people/reset", { email, code, password: "another horse battery" })).toBe(204);
    });
    await session(email, "another horse battery");
    expect(mailsTo(email).length).toBeLessThan(20);
  }, 120_000);
});
