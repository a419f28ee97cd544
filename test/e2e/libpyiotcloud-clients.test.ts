import type { AuditPage, PersonPage } from "@fleetlog/protocol";
import { LibpyiotcloudClient, type LibpyiotcloudClientOptions, LibpyiotcloudDevice } from "@fleetlog/simulators";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { Api } from "../support/api.ts";
import { eventually } from "../support/eventually.ts";
import { LIBPYIOTCLOUD_CALLS } from "../support/libpyiotcloud-calls.ts";
import { callFromPython } from "../support/libpyiotcloud-python.ts";
import { type MailServer, startMailServer } from "../support/mail-server.ts";
import { optionalPrograms } from "../support/programs.ts";
import { type Stack, startStack } from "../support/stack.ts";

const PASSWORD = "correct horse battery";

let mail: MailServer;
let stack: Stack;
let options: LibpyiotcloudClientOptions & { readonly ca: string };
let mqtts = "";
let count = 0;
const running: { stop(): unknown }[] = [];

beforeAll(async () => {
  mail = await startMailServer();
  stack = await startStack({
    env: {
      FLEETLOG_SMTP_URL: mail.url,
      FLEETLOG_MAIL_FROM: "Fleetlog <fleetlog@fleet.example>",
      FLEETLOG_SIGN_UP: "open",
      FLEETLOG_TLS: "auto",
      FLEETLOG_HTTPS_PORT: "0",
      FLEETLOG_MQTTS_PORT: "0",
      FLEETLOG_LIBPYIOTCLOUD_PORT: "0",
    },
  });
  const ready = stack.gateways[0]?.process.ready;
  mqtts = `mqtts://127.0.0.1:${ready?.mqttsPort}`;
  const ca = await (await fetch(`${stack.api.url}/api/authority`)).text();
  options = { host: "127.0.0.1", port: ready?.dialectPorts?.libpyiotcloud ?? 0, ca };
}, 60_000);
afterEach(async () => {
  for (const one of running.splice(0)) await one.stop();
});
afterAll(async () => {
  await stack?.[Symbol.asyncDispose]();
  await mail?.stop();
});

function client(more: Partial<LibpyiotcloudClientOptions> = {}): LibpyiotcloudClient {
  const made = new LibpyiotcloudClient({ ...options, ...more });
  running.push({ stop: () => made.close() });
  return made;
}

interface Person {
  readonly username: string;
  readonly email: string;
  readonly givenname: string;
  readonly familyname: string;
}

function newPerson(): Person {
  const number = ++count;
  return { username: `Ada${number}`, email: `ada-${number}@example.org`, givenname: "Ada", familyname: "Lovelace" };
}

const mailsTo = (address: string) => mail.mails.filter(({ to }) => to.includes(address));

async function codeTo(address: string, total = 1): Promise<string> {
  await eventually(async () => expect(mailsTo(address)).toHaveLength(total));
  return mail.newest(address)?.code ?? "";
}

async function signedUp(person = newPerson()): Promise<Person> {
  const { username, email } = person;
  expect(await client().manage("signup", { ...person, password: PASSWORD })).toEqual({ status: "OK" });
  const confirmed = await client().manage("confirm_signup", { username, confirmationcode: await codeTo(email) });
  expect(confirmed).toEqual({ status: "OK" });
  return person;
}

async function loggedIn(more: Partial<LibpyiotcloudClientOptions> = {}) {
  const person = await signedUp();
  const made = client(more);
  expect((await made.logIn(person.username, PASSWORD)).status).toBe("OK");
  return { person, client: made };
}

async function registered(by: LibpyiotcloudClient, devicename: string) {
  const answer = (await by.manage("register_device", { devicename })) as Readonly<Record<string, string>>;
  expect(answer.status).toBe("OK");
  return answer as Readonly<Record<"deviceid" | "ca" | "cert" | "pkey", string>>;
}

async function startDevice(by: LibpyiotcloudClient, devicename: string, program: "node" | "python" = "python") {
  const { deviceid: id, ca, cert: certificate, pkey: key } = await registered(by, devicename);
  const device = new LibpyiotcloudDevice({ url: mqtts, id, ca, certificate, key, program, scenario: "answers" });
  running.push(device);
  await device.start();
  return device;
}

describe("a person", () => {
  it("signs up with a user name, confirms by a code from an email, and gets an account of their own", async () => {
    const person = newPerson();
    const { username, email } = person;
    expect(await client().manage("signup", { ...person, password: PASSWORD })).toEqual({ status: "OK" });
    const code = await codeTo(email);
    expect((await client().logIn(username, PASSWORD)).status).toBe("NG, username or password is incorrect");
    const wrong = await client().manage("confirm_signup", { username, confirmationcode: "AAAAAAAAAA" });
    expect(wrong).toEqual({ status: "NG, incorrect code" });
    expect(await client().manage("confirm_signup", { username, confirmationcode: code })).toEqual({ status: "OK" });
    const own = client();
    expect(await own.logIn(username.toLowerCase(), PASSWORD)).toEqual({
      status: "OK",
      token: expect.stringMatching(/^fla_/),
      refreshtoken: expect.stringMatching(/^flr_/),
      expires: expect.any(String),
    });
    const { status, info } = await own.manage("get_user_info");
    expect(status).toBe("OK");
    expect(JSON.parse(String(info))).toEqual({ username, email, givenname: "Ada", familyname: "Lovelace" });
    expect((await client().logIn(email, PASSWORD)).status).toBe("OK");
    const { body } = await stack.api.call<PersonPage>("GET", "/api/people");
    const listed = body.items.find((one) => one.email === email);
    expect(listed).toMatchObject({ userName: username, givenName: "Ada", familyName: "Lovelace", role: "owner" });
    expect(listed?.account).toMatch(/^own-/);
  });

  it("does not learn whether somebody has an address or a name", async () => {
    const known = await signedUp();
    const { username, email } = known;
    expect(await client().manage("signup", { ...known, password: "another password" })).toEqual({ status: "OK" });
    await eventually(async () => expect(mailsTo(email)).toHaveLength(2));
    expect(mail.newest(email)?.code).toBe("");
    const other = { ...newPerson(), username };
    expect(await client().manage("signup", { ...other, password: "another password" })).toEqual({ status: "OK" });
    const code = await codeTo(other.email);
    const taken = await client().manage("confirm_signup", { username, confirmationcode: code });
    expect(taken).toEqual({ status: "NG, incorrect code" });
    const confirmed = await client().manage("confirm_signup", { username: other.email, confirmationcode: code });
    expect(confirmed).toEqual({ status: "OK" });
    expect((await client().logIn(username, "another password")).status).toMatch(/^NG, username or password/);
    expect((await client().logIn(other.email, "another password")).status).toBe("OK");
    const nobody = await client().manage("login", { username: "nobody", password: PASSWORD });
    expect(nobody).toEqual({ status: "NG, username or password is incorrect", token: "Unknown" });
    const pages = await Promise.all(
      [email, "nobody@example.org"].map((address) => client().call("forgot_password", { email: address })),
    );
    expect(pages[0]).toEqual(pages[1]);
  });

  it("sets a new password by a code, with a page and a redirect, by JSON and by form", async () => {
    for (const encoding of ["json", "form"] as const) {
      const { person, client: before } = await loggedIn();
      const { username, email } = person;
      const own = client({ encoding });
      const page = await own.call("forgot_password", { email });
      expect(page).toMatchObject({ status: 200, type: "text/html; charset=utf-8" });
      expect(page.text).toContain('action="confirm_forgot_password"');
      const change = { username, confirmationcode: await codeTo(email, 2), password: "a new password" };
      const wrong = { ...change, confirmationcode: "AAAAAAAAAA" };
      expect(await own.manage("confirm_forgot_password", wrong)).toEqual({ status: "NG, incorrect code" });
      const changed = await own.call("confirm_forgot_password", change);
      expect(changed).toMatchObject({ status: 302, location: "/static/login.html" });
      expect(await client({ method: "GET" }).send("static/login.html", "")).toMatchObject({ status: 200 });
      expect((await own.logIn(username, "a new password")).status).toBe("OK");
      expect(await before.manage("get_user_info")).toEqual({ status: "NG, token is incorrect" });
    }
  });

  it("has a token that ends with log-out, and that can be refreshed", async () => {
    const { person, client: own } = await loggedIn();
    const { username } = person;
    const { refreshtoken } = await own.logIn(username, PASSWORD);
    const refreshed = await own.manage("refresh_token", { refreshtoken });
    expect(refreshed).toMatchObject({ status: "OK", token: expect.stringMatching(/^fla_/) });
    own.use({ username, token: refreshed.token });
    expect((await own.manage("get_device_list_count")).count).toBe(0);
    expect(await own.manage("logout")).toEqual({ status: "OK" });
    expect(await own.manage("get_device_list")).toEqual({ status: "NG, token is incorrect" });
    expect(await own.manage("refresh_token", { refreshtoken: refreshed.refreshtoken })).toEqual({
      status: "NG, token is incorrect",
      token: "Unknown",
    });
    const { client: other } = await loggedIn();
    const { token } = await other.logIn(username, PASSWORD);
    other.use({ username: "somebody-else", token });
    expect(await other.manage("get_device_list")).toEqual({ status: "NG, token is incorrect" });
  });
});

describe("a person's devices", () => {
  it("are registered by name, listed without their keys, and unregistered", async () => {
    const { person, client: own } = await loggedIn();
    const { email } = person;
    const one = await registered(own, "pump 1");
    expect(one.deviceid).toMatch(/^[0-9a-f]{40}$/);
    expect(one.cert).toContain("-----BEGIN CERTIFICATE-----");
    expect(one.ca).toContain("-----BEGIN CERTIFICATE-----");
    expect(one.pkey).toContain("PRIVATE KEY-----");
    const two = await registered(own, "pump 2");
    const again = await own.manage("register_device", { devicename: "pump 1" });
    expect(again).toEqual({ status: "NG, device already registered" });
    const devices = [
      { devicename: "pump 1", deviceid: one.deviceid },
      { devicename: "pump 2", deviceid: two.deviceid },
    ];
    expect(await own.manage("get_device_list")).toEqual({ status: "OK", devices });
    expect(await own.manage("get_device_list_count")).toEqual({ status: "OK", count: 2 });
    for (const index of [1, "1"]) {
      const { status, device } = await own.manage("get_device_index", { index });
      expect([status, JSON.parse(String(device))]).toEqual(["OK", devices[1]]);
    }
    expect(await own.manage("get_device_index", { index: 2 })).toEqual({ status: "NG, index is out of range" });
    await eventually(async () => {
      const { body } = await stack.api.call<PersonPage>("GET", "/api/people");
      expect(body.items.find((listed) => listed.email === email)).toMatchObject({ devices: 2 });
    });
    expect(await own.manage("unregister_device", { devicename: "pump 1" })).toEqual({ status: "OK" });
    const gone = await own.manage("unregister_device", { devicename: "pump 1" });
    expect(gone).toEqual({ status: "NG, device not registered" });
    expect((await own.manage("get_device_list")).devices).toEqual([devices[1]]);
    expect((await registered(own, "pump 1")).deviceid).not.toBe(one.deviceid);
  });

  it("have unique names, even when one is registered several times at once", async () => {
    const { client: own } = await loggedIn();
    const answers = await Promise.all(
      Array.from({ length: 4 }, () => own.manage("register_device", { devicename: "x" })),
    );
    expect(answers.filter(({ status }) => status === "OK")).toHaveLength(1);
    expect(await own.manage("get_device_list_count")).toEqual({ status: "OK", count: 1 });
  });

  it("can't be reached by other people", async () => {
    const [{ client: own }, { client: other }] = [await loggedIn(), await loggedIn()];
    await startDevice(own, "mine");
    expect(await own.call("get_status", { devicename: "mine" })).toMatchObject({ status: 200 });
    expect(await other.call("get_status", { devicename: "mine" })).toMatchObject({
      status: 400,
      text: "Device is not registered!",
    });
    expect(await other.manage("unregister_device", { devicename: "mine" })).toEqual({
      status: "NG, device not registered",
    });
    expect((await other.manage("get_device_list")).devices).toEqual([]);
  });
});

describe.each([
  ["POST", "json"],
  ["GET", "json"],
  ["POST", "form"],
] as const)("a call to a device by %s with %s", (method, encoding) => {
  it("returns the device's answer", async () => {
    const { person, client: own } = await loggedIn({ method, encoding });
    await startDevice(own, "board", method === "GET" ? "node" : "python");
    for (const [api, params, result] of LIBPYIOTCLOUD_CALLS) {
      const answer = await own.call(api, { devicename: "board", ...params });
      expect(answer, api).toMatchObject({ status: 200, type: "application/json; charset=utf-8" });
      expect(JSON.parse(answer.text), api).toEqual(result);
    }
    const { token } = await own.logIn(person.username, PASSWORD);
    const api = new Api(stack.api.url, String(token));
    const made = await api.call("PUT", "/api/channels/mails", { kind: "email", devices: true });
    expect(made.status).toBeLessThan(300);
    const notification = { recipient: `told-${++count}@example.org`, message: "It is hot." };
    const notified = await own.call("trigger_notification", { devicename: "board", ...notification });
    expect(JSON.parse(notified.text)).toEqual(notification);
    await eventually(async () => expect(mailsTo(notification.recipient)).toHaveLength(1));
  });
});

describe("a call to a device", () => {
  it("fails with 400 and plain text: wrong token, unknown device, device that is not running", async () => {
    const { person, client: own } = await loggedIn();
    const failed = (text: string) => ({ status: 400, type: "text/plain; charset=utf-8", text });
    expect(await own.call("get_status", { devicename: "none" })).toEqual(failed("Device is not registered!"));
    await registered(own, "off");
    const began = performance.now();
    expect(await own.call("get_gpio", { devicename: "off", number: 1 })).toEqual(failed("Device is not running!"));
    expect(performance.now() - began).toBeGreaterThan(5_900);
    own.use({ username: person.username, token: "wrong" });
    expect(await own.call("get_status", { devicename: "off" })).toEqual(failed("Device token is not valid!"));
    own.use({});
    expect(await own.call("get_status", { devicename: "off" })).toEqual(failed("Device token is not valid!"));
  });

  it("of set_mac, which no device answers, fails in the same way, and other calls are completed", async () => {
    const { client: own } = await loggedIn();
    await startDevice(own, "board");
    const silent = own.call("set_mac", { devicename: "board", value: "00:11:22:33:44:55" });
    expect(await own.call("get_mac", { devicename: "board" })).toMatchObject({ status: 200 });
    expect(await silent).toMatchObject({ status: 400, text: "Device is not running!" });
  });

  it("reaches a device that connects only after the call was made", async () => {
    const { client: own } = await loggedIn();
    const { deviceid: id, ca, cert: certificate, pkey: key } = await registered(own, "late");
    const called = own.call("get_status", { devicename: "late" });
    const device = new LibpyiotcloudDevice({
      url: mqtts,
      id,
      ca,
      certificate,
      key,
      program: "python",
      scenario: "answers",
    });
    running.push(device);
    await device.start();
    expect(await called).toMatchObject({ status: 200, text: '{"value":"running"}' });
  });

  it("is in the device's history and the audit, with the person who made it", async () => {
    const { client: own } = await loggedIn();
    await startDevice(own, "board");
    await own.call("set_gpio", { devicename: "board", number: 3, value: 1 });
    const [{ deviceid }] = (await own.manage("get_device_list")).devices as [{ deviceid: string }];
    const events = await stack.api.events(deviceid, "&category=command");
    expect(events.map(({ type }) => type)).toEqual(["CommandIssued", "CommandDelivered", "CommandCompleted"]);
    await eventually(async () => {
      const { body } = await stack.api.call<AuditPage>("GET", `/api/audit?device=${deviceid}`);
      expect(JSON.stringify(body.items)).toContain("command.issue");
    });
  });
});

describe("the port for libpyiotcloud's clients", () => {
  it("refuses broken bodies in the form that the clients expect", async () => {
    const { client: own } = await loggedIn();
    const json = { "content-type": "application/json" };
    const form = { "content-type": "application/x-www-form-urlencoded" };
    for (const [body, headers] of [
      ["{", json],
      ['{"username":', json],
      ["[]", json],
      ["null", json],
      ['"x"', json],
      ["a=%ff", form],
      ["a=1&a=2", form],
      [Array.from({ length: 65 }, (_, i) => `f${i}=1`).join("&"), form],
      ["", {}],
    ] as const) {
      const managed = await own.send("login", body, headers);
      expect(managed.status, body).toBe(200);
      expect(JSON.parse(managed.text).status, body).toMatch(/^NG, /);
      expect(await own.send("get_gpio", body, headers), body).toMatchObject({
        status: 400,
        type: expect.stringMatching(/^text\/plain/),
      });
    }
    const large = JSON.stringify({ username: "x".repeat(300_000) });
    expect(JSON.parse((await client().send("login", large, json)).text).status).toMatch(/^NG, the body is larger/);
    expect((await client().send("get_gpio", large, json)).status).toBe(400);
    expect(await client().send("unknown_api", "{}", json)).toMatchObject({ status: 404 });
    expect(await client().send("api/devices", "{}", json)).toMatchObject({ status: 404 });
  });

  it("accepts JSON with any content type, or with none", async () => {
    const { person } = await loggedIn();
    const body = JSON.stringify({ username: person.username, password: PASSWORD });
    for (const type of [undefined, "text/plain", "application/x-www-form-urlencoded", "application/octet-stream"]) {
      const answer = await client().send("login", body, type === undefined ? {} : { "content-type": type });
      expect(JSON.parse(answer.text).status, type).toBe("OK");
    }
  });

  it("lets an API key call devices of its account, and refuses a device's credential and a wrong one", async () => {
    const { person } = await loggedIn();
    const { token } = await client().logIn(person.username, PASSWORD);
    const api = new Api(stack.api.url, String(token));
    const { body } = await api.call<{ key: string }>("POST", "/api/api-keys", { name: "program", role: "viewer" });
    const viewer = client();
    viewer.use({ token: body.key });
    expect((await viewer.manage("get_device_list_count")).status).toBe("OK");
    expect((await viewer.manage("register_device", { devicename: "x" })).status).toMatch(/^NG, the role viewer/);
    expect(await viewer.call("set_gpio", { devicename: "x" })).toMatchObject({ status: 400 });
    const { body: device } = await stack.api.call<{ token: string }>("POST", "/api/devices", {
      id: `native-${++count}`,
    });
    viewer.use({ token: device.token });
    expect((await viewer.manage("get_device_list_count")).status).toBe("NG, token is incorrect");
  });

  it("makes clients wait after wrong passwords, as the other sign-ins do", async () => {
    const { person } = await loggedIn();
    const guesses = Array.from({ length: 40 }, () =>
      client().manage("login", { username: "nobody", password: "x".repeat(9) }),
    );
    const texts = new Set((await Promise.all(guesses)).map(({ status }) => status));
    expect(texts).toContain("NG, too many wrong tokens came from this address");
    expect((await client().logIn(person.username, PASSWORD)).status).toBe("OK");
  });
});

describe.skipIf(!optionalPrograms.python3.found())("Python's http.client", () => {
  it("calls devices over one connection, also by GET with a body, reads as many bytes as Content-Length says, and goes on after an error", async () => {
    const { person, client: own } = await loggedIn();
    await startDevice(own, "board");
    expect(
      await callFromPython(options, { username: person.username, password: PASSWORD, devicename: "board" }),
    ).toEqual([
      [200, '{"number":7,"value":0}'],
      [400, null],
      [200, '{"number":7,"value":1}'],
      [200, '{"number":7,"value":1}'],
      [200, '{"status":"OK","count":1}'],
    ]);
  });
});
