import { commandDecider, commandEvents, isEventOf, personEvents, type RecordedEvent } from "@fleetlog/domain";
import { recordAnswer } from "@fleetlog/fleet";
import { startViews } from "@fleetlog/projections/testing";
import type { FastifyInstance, InjectOptions } from "fastify";
import { pino } from "pino";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { REQUEST_TIMEOUTS } from "../../../http/problems/before-routing.ts";
import { type TestServer, testServer } from "../../../testing/test-server.ts";
import { createDialectServer } from "../../listening/http-server.ts";
import { libpyiotcloudClients } from "./index.ts";

const PASSWORD = "correct horse battery";

let app: FastifyInstance;
let server: TestServer;
beforeAll(async () => {
  server = await testServer({ signUp: "open", mails: true });
  await startViews(server.node.backbone);
  app = await createDialectServer({ name: "libpyiotcloud" }, libpyiotcloudClients, server.context, {
    logger: pino({ level: "silent" }),
    bodyLimit: 10_000,
    timeouts: REQUEST_TIMEOUTS,
  });
}, 60_000);
afterAll(() => app.close());

async function call(api: string, payload?: object | string, more: Partial<InjectOptions> = {}) {
  const response = await app.inject({ method: "POST", url: `/${api}`, ...(payload && { payload }), ...more });
  const { statusCode: status, headers, body: text } = response;
  expect(headers["content-length"], api).toBe(String(Buffer.byteLength(text)));
  return { status, text, headers };
}

async function manage(api: string, payload?: object) {
  const { status, text } = await call(api, payload);
  expect(status, text).toBe(200);
  return JSON.parse(text);
}

async function personEventsOf(): Promise<RecordedEvent[]> {
  const events: RecordedEvent[] = [];
  for await (const event of server.node.backbone.log.read({ stream: "FLEET", category: "person" })) events.push(event);
  return events;
}

async function newestCode(): Promise<string> {
  const found = (await personEventsOf()).findLast(({ type }) => type === "PersonMailRequested");
  if (found === undefined || !isEventOf(personEvents, found) || found.type !== "PersonMailRequested") return "";
  const { person, purpose, mail } = found.data;
  return (await server.node.fleet.codes.forMail(person, purpose, mail)) ?? "";
}

async function signUp(username: string, email = `${username}@example.org`, confirmAs = username) {
  const names = { givenname: "Ada", familyname: "Lovelace" };
  expect(await manage("signup", { username, password: PASSWORD, email, ...names })).toEqual({ status: "OK" });
  return manage("confirm_signup", { username: confirmAs, confirmationcode: await newestCode() });
}

async function loggedIn(username: string) {
  expect(await signUp(username)).toEqual({ status: "OK" });
  const { token } = await manage("login", { username, password: PASSWORD });
  return { username, token: String(token) };
}

/** Answers each call with its own parameters. */
function answerCalls(device: string): () => void {
  const { fleet, backbone } = server.node;
  const subscription = backbone.log.subscribe({
    stream: "FLEET",
    category: "command",
    from: "new",
    async onBatch({ events }) {
      for (const event of events) {
        if (!isEventOf(commandEvents, event) || event.type !== "CommandIssued" || event.data.device !== device)
          continue;
        const { command: id, params } = event.data;
        const session = { device, epoch: 1, sessionId: "s1" };
        await recordAnswer(fleet, session, { id, ok: true, result: params }, commandDecider.evolve(undefined, event));
      }
    },
  });
  return () => void subscription.stop();
}

describe("a client of libpyiotcloud", () => {
  it("signs up, logs in by user name or address, refreshes its token and logs out", async () => {
    const { username, token } = await loggedIn("Ada");
    const info = { username, email: "Ada@example.org".toLowerCase(), givenname: "Ada", familyname: "Lovelace" };
    const answer = await manage("get_user_info", { username, token });
    expect({ ...answer, info: JSON.parse(answer.info) }).toEqual({ status: "OK", info });
    const byAddress = await manage("login", { username: "ada@example.org", password: PASSWORD });
    expect(byAddress).toMatchObject({ status: "OK", token: expect.stringMatching(/^fla_/) });
    const refreshed = await manage("refresh_token", { refreshtoken: byAddress.refreshtoken });
    expect(await manage("logout", { username, token: refreshed.token })).toEqual({ status: "OK" });
    expect(await manage("get_user_info", { username, token: refreshed.token })).toEqual({
      status: "NG, token is incorrect",
    });
    expect(await manage("get_user_info", { username: "other", token })).toEqual({ status: "NG, token is incorrect" });
  });

  it("is not told that a user name is taken: a second person gets a code, too, and then logs in by address", async () => {
    await loggedIn("Taken");
    expect(await signUp("taken", "bob@example.org")).toEqual({ status: "NG, incorrect code" });
    const confirmed = { username: "bob@example.org", confirmationcode: await newestCode() };
    expect(await manage("confirm_signup", confirmed)).toEqual({ status: "OK" });
    const { status, token } = await manage("login", { username: "bob@example.org", password: PASSWORD });
    expect(status).toBe("OK");
    const { info } = await manage("get_user_info", { username: "bob@example.org", token });
    expect(JSON.parse(info).username).toBe("bob@example.org");
    const wrong = { status: "NG, username or password is incorrect", token: "Unknown" };
    expect(await manage("login", { username: "nobody", password: PASSWORD })).toEqual(wrong);
    expect(await manage("login", { username: "taken", password: "wrong horse" })).toEqual(wrong);
  });

  it("gets the same page for a known and an unknown address, resets the password there, and is redirected to the log-in", async () => {
    await loggedIn("Grace");
    const known = await call("forgot_password", { email: "grace@example.org" });
    expect(known.headers["content-type"]).toBe("text/html; charset=utf-8");
    const confirmationcode = await newestCode();
    expect((await call("forgot_password", { email: "x@example.org" })).text).toBe(known.text);
    const body = { username: "grace", confirmationcode, password: "a new password" };
    expect(await manage("confirm_forgot_password", { ...body, confirmationcode: "AAAAAAAAAA" })).toEqual({
      status: "NG, incorrect code",
    });
    const form = new URLSearchParams(body).toString();
    const changed = await call("confirm_forgot_password", form, {
      headers: { "content-type": "application/x-www-form-urlencoded" },
    });
    expect(changed).toMatchObject({ status: 302, headers: { location: "/static/login.html" } });
    expect((await call("static/login.html", undefined, { method: "GET" })).status).toBe(200);
    expect((await manage("login", { username: "grace", password: "a new password" })).status).toBe("OK");
  });

  it("registers, lists and unregisters devices, and gets each key once", async () => {
    const auth = await loggedIn("Owner");
    const one = await manage("register_device", { ...auth, devicename: "one" });
    expect(one).toMatchObject({ status: "OK", devicename: "one", deviceid: expect.stringMatching(/^[0-9a-f]{40}$/) });
    for (const pem of [one.ca, one.cert]) expect(pem).toContain("-----BEGIN CERTIFICATE-----");
    expect(one.pkey).toContain("PRIVATE KEY-----");
    const again = await manage("register_device", { ...auth, devicename: "one" });
    expect(again).toEqual({ status: "NG, device already registered" });
    const { deviceid } = await manage("register_device", { ...auth, devicename: "two" });
    const two = { devicename: "two", deviceid };
    const { devices } = await manage("get_device_list", auth);
    expect(devices).toEqual([{ devicename: "one", deviceid: one.deviceid }, two]);
    expect(await manage("get_device_list_count", auth)).toEqual({ status: "OK", count: 2 });
    const indexed = await manage("get_device_index", { ...auth, index: "1" });
    expect(JSON.parse(indexed.device)).toEqual(two);
    expect((await manage("get_device_index", { ...auth, index: "x" })).status).toBe(
      "NG, index must be a whole number from 0",
    );
    for (const index of [2, -1, 1.5]) {
      const { status } = await manage("get_device_index", { ...auth, index });
      expect(status, String(index)).toMatch(/^NG, /);
    }
    expect(await manage("unregister_device", { ...auth, devicename: "one" })).toEqual({ status: "OK" });
    const gone = await manage("unregister_device", { ...auth, devicename: "one" });
    expect(gone).toEqual({ status: "NG, device not registered" });
  });

  it("calls a device by GET with a body and by form, and gets the device's answer unchanged", async () => {
    const auth = await loggedIn("Caller");
    const { deviceid } = await manage("register_device", { ...auth, devicename: "board" });
    const stop = answerCalls(deviceid);
    const fields = { ...auth, devicename: "board" };
    const got = await call("get_gpio", { ...fields, number: 12 }, { method: "GET" });
    expect(got).toMatchObject({ status: 200, text: '{"number":12}' });
    const form = new URLSearchParams({ ...fields, number: "12", value: "1" }).toString();
    const type = { headers: { "content-type": "application/x-www-form-urlencoded" } };
    expect(await call("set_gpio", form, type)).toMatchObject({ status: 200, text: '{"number":12,"value":1}' });
    const json = { headers: { "content-type": "text/plain" } };
    expect(await call("write_uart", JSON.stringify({ ...fields, value: "7" }), json)).toMatchObject({
      text: '{"value":"7"}',
    });
    stop();
  });

  it("gets 400 and a text for a wrong token, another's device, and a device that is not running", async () => {
    const [auth, other] = [await loggedIn("Mine"), await loggedIn("Other")];
    await manage("register_device", { ...auth, devicename: "mine" });
    const get = async (fields: object) => {
      const { status, text, headers } = await call("get_status", fields);
      expect(headers["content-type"]).toBe("text/plain; charset=utf-8");
      return `${status} ${text}`;
    };
    expect(await get({ ...auth, token: "wrong", devicename: "mine" })).toBe("400 Device token is not valid!");
    expect(await get({})).toBe("400 Device token is not valid!");
    expect(await get({ ...other, devicename: "mine" })).toBe("400 Device is not registered!");
    expect(await get({ ...auth, devicename: "mine" })).toBe("400 Device is not running!");
    expect((await manage("get_device_list", other)).devices).toEqual([]);
  });

  it("keeps its connection only if it asks for that, even after errors and at unknown paths", async () => {
    const connectionOf = async (api: string, headers: Record<string, string>) =>
      (await call(api, { username: "nobody", token: "x" }, { headers })).headers.connection;
    for (const api of ["get_user_info", "get_status", "nothing"]) {
      expect(await connectionOf(api, {}), api).toBe("close");
      expect(await connectionOf(api, { connection: "keep-alive" }), api).not.toBe("close");
    }
  });

  it.each([
    ["{", "application/json"],
    ["[]", "application/json"],
    ["null", "application/json"],
    ['{"__proto__":{}}', "application/json"],
    ["[".repeat(400) + "]".repeat(400), "application/json"],
    ["a=%ff", "application/x-www-form-urlencoded"],
    ["a=1&a=2", "application/x-www-form-urlencoded"],
    ["x".repeat(20_000), "text/plain"],
    ["", "application/json"],
  ])("gets an error of the form that it expects for the body %j as %s", async (payload, type) => {
    const headers = { "content-type": type };
    const managed = await call("login", payload, { headers });
    expect(managed.status).toBe(200);
    expect(JSON.parse(managed.text).status).toMatch(/^NG, /);
    expect(await call("get_gpio", payload, { headers, method: "GET" })).toMatchObject({ status: 400 });
    expect((await call("nothing", payload, { headers })).status).toBe(404);
  });

  it("is refused after too many wrong passwords, but can log in with the right one", async () => {
    await signUp("Patient");
    const guesses = Array.from({ length: 20 }, () => manage("login", { username: "patient", password: "wrong horse" }));
    const texts = (await Promise.all(guesses)).map(({ status }) => status);
    expect(texts).toContain("NG, too many wrong tokens came from this address");
    expect((await manage("login", { username: "patient", password: PASSWORD })).status).toBe("OK");
  });
});
