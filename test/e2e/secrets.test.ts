import { createHmac, createPrivateKey } from "node:crypto";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SoftwareAuthenticator } from "@fleetlog/identity/testing";
import { connectBackbone, declareStreams } from "@fleetlog/log";
import { dumpViews, rebuildViews } from "@fleetlog/projections";
import type {
  PasskeyResource,
  PersonResource,
  RecoveryCodes,
  SecondFactorSecret,
  SessionInfo,
  TokenPair,
} from "@fleetlog/protocol";
import { connectAsync } from "mqtt";
import { TOTP } from "otpauth";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { Api } from "../support/api.ts";
import { type DeviceRun, runAgent, runSimulator } from "../support/device-programs.ts";
import { eventually } from "../support/eventually.ts";
import { type MailServer, startMailServer } from "../support/mail-server.ts";
import { PASSKEYS, passkeyAnswer } from "../support/passkeys.ts";
import { createRequest, MqttNewcomer, payloadOf } from "../support/provisioning.ts";
import { type Stack, startStack } from "../support/stack.ts";
import { zstdFramesIn } from "../support/zstd-frames.ts";

const SMTP_PASSWORD = "smtp-s3cret-password";
const PAGES = "https://fleet.example";
const NAMES = { userName: "Countess-of-Lovelace", givenName: "Augustina", familyName: "Byronette" };

let mail: MailServer;
let stack: Stack;
const programs = new Map<string, DeviceRun>();
/** Log lines of the gateway before its restart. */
const earlier: string[] = [];
const secrets = new Map<string, string>();
/** Bodies of refusals: they may not repeat what was sent. */
const refusals: string[] = [];

beforeAll(async () => {
  mail = await startMailServer({ auth: `fleet:${SMTP_PASSWORD}` });
  stack = await startStack({
    historians: 1,
    env: {
      FLEETLOG_PUBLIC_URL: PAGES,
      FLEETLOG_SMTP_URL: mail.url,
      FLEETLOG_MAIL_FROM: "fleetlog@fleet.example",
      FLEETLOG_SIGN_UP: "open",
      FLEETLOG_LOG_LEVEL: "debug",
    },
  });
  secret("password of the mail server", SMTP_PASSWORD);
  secret("administrator's token", stack.adminToken);
  for (const [name, text] of Object.entries(NAMES)) secret(name, text);
});
afterAll(async () => {
  await stack?.[Symbol.asyncDispose]();
  await mail?.stop();
});

function secret(what: string, text: string): string {
  secrets.set(text, what);
  return text;
}

const anonymous = () => new Api(stack.api.url, "none");
const post = <Body = unknown>(path: string, body: unknown) => anonymous().call<Body>("POST", `/api/${path}`, body);

async function code(address: string, total: number): Promise<string> {
  return eventually(() => {
    const mails = mail.mails.filter(({ to }) => to.includes(address));
    expect(mails).toHaveLength(total);
    return secret("code", mails.at(-1)?.code ?? "");
  });
}

async function logIn(email: string, password: string): Promise<TokenPair> {
  const { status, body } = await post<TokenPair>("tokens", { email, password });
  expect(status).toBe(201);
  secret("access token", body.accessToken);
  secret("refresh token", body.refreshToken);
  return body;
}

/** A passkey, an authenticator app and recovery codes: used, used wrongly, and removed. */
async function useSecondFactors(own: Api, email: string, password: string): Promise<void> {
  const phone = new SoftwareAuthenticator(PAGES);
  const { body: options } = await own.call<Record<string, unknown>>("POST", `${PASSKEYS}/options`, { password });
  secret("challenge of a passkey", String(options.challenge));
  const named = { name: secret("name of a passkey", "Augustinas-telephone"), credential: phone.create(options) };
  const { status, body: passkey } = await own.call<PasskeyResource>("POST", PASSKEYS, named);
  expect(status).toBe(201);
  const answer = await passkeyAnswer(own.url, phone);
  secret("answer of a passkey", answer.response.signature);
  expect((await post("session", { passkey: answer })).status).toBe(204);
  expect((await post("session", { passkey: answer })).status).toBe(401);

  const { body: made } = await own.call<SecondFactorSecret>("POST", "/api/session/second-factor", { password });
  const totp = new TOTP({ secret: secret("TOTP secret", made.secret) });
  const confirmed = { code: totp.generate() };
  const { body } = await own.call<RecoveryCodes>("POST", "/api/session/second-factor/confirm", confirmed);
  const [code = ""] = body.recoveryCodes;
  for (const each of body.recoveryCodes) secret("recovery code", each);
  await post("tokens", { email, password, otp: secret("wrong recovery code", "WRNGRECQVR") });
  expect((await post("tokens", { email, password, otp: code })).status).toBe(201);
  expect((await own.call("POST", "/api/session/proof", { password })).status).toBe(204);
  expect((await own.call("POST", "/api/session/second-factor/off", { password })).status).toBe(204);
  expect((await own.call("POST", `${PASSKEYS}/${passkey.id}/remove`, { password })).status).toBe(204);
}

/** Devices are enrolled by an enrolment group, a claim code and a provision request. */
async function enrolDevices(api: Api): Promise<void> {
  const [gateway] = stack.gateways;
  const url = `mqtt://127.0.0.1:${gateway?.mqttPort}`;
  const enrol = async (clientId: string, password: string, ask: object = {}, userName = clientId) => {
    const device = await MqttNewcomer.connect(url, { clientId, userName, password });
    const payload = payloadOf(await device.ask(ask));
    await device.end();
    const token = secret(`token of ${clientId}`, payload.credential.token);
    const options = { clientId: payload.device, username: payload.device, password: token, reconnectPeriod: 0 };
    await (await connectAsync(url, options)).endAsync(true);
    return token;
  };
  const group = { name: "Meters", quota: 10, allowPlain: true };
  const { body } = await api.call<{ id: string; token: string }>("POST", "/api/enrolment-groups", group);
  await enrol("by-secret", secret("enrolment secret", body.token));
  const key = createHmac("sha256", body.token).update("by-key").digest("base64url");
  await enrol("by-key", `${body.id}.${secret("derived key", key)}`);
  const wrong = secret("wrong enrolment secret", body.token.replace(/.{8}$/, "AAAAAAAA"));
  await expect(enrol("by-wrong", wrong)).rejects.toThrow();

  const { body: made } = await api.call<{ items: { code: string }[] }>("POST", "/api/claim-codes", {
    count: 1,
    allowPlain: true,
  });
  const code = secret("claim code", made.items[0]?.code ?? "");
  secret("claim code", code.replaceAll("-", ""));
  expect((await api.call("POST", "/api/claims", { code })).status).toBe(201);
  expect((await api.call("POST", "/api/claims", { code: secret("wrong claim code", "WRNG-CLAM-CQDE") })).status).toBe(
    404,
  );
  await enrol("by-code", code);

  const more = { generateActivationKey: true, allowPlain: true };
  const { password, activationKey = "" } = await createRequest(api, "by-request", more);
  secret("password of a provision request", password);
  const ask = { activationKey: secret("activation key", activationKey) };
  await enrol("by-request", password, ask, "user-by-request");
}

/** A key that is made here and shown once: a line of its PEM text, and its number, which is the same in every encoding. */
async function makeKeys(api: Api): Promise<void> {
  const { body } = await api.call<{ key: string }>("POST", "/api/devices/device-of-ada/certificates", null);
  secret("private key in PEM", body.key.split("\n")[1] ?? "");
  const { d = "" } = createPrivateKey(body.key).export({ format: "jwk" });
  secret("private key", Buffer.from(d, "base64url").toString("latin1"));
  secret("private key in base64url", d);
}

/**
 * Only the programs' output is searched, because they keep their tokens in folders of their own. Devices get the public
 * URL, so it must be reachable.
 */
async function runPrograms(): Promise<void> {
  const [gateway] = stack.gateways;
  earlier.push(...(gateway?.process.logs() ?? []));
  await gateway?.process.stop();
  await gateway?.restart({ FLEETLOG_PUBLIC_URL: stack.api.url });
  for (const [name, run] of Object.entries({ "fleetlog-agent": runAgent, simulator: runSimulator })) {
    const folder = await mkdtemp(join(tmpdir(), "fleetlog-secrets-"));
    const shown = await run(stack, folder);
    await rm(folder, { recursive: true, force: true });
    programs.set(name, shown);
    expect(shown.output).not.toBe("");
    for (const text of shown.secrets) secret(`secret of ${name}`, text);
  }
}

function keepRefusals(): void {
  const { fetch } = globalThis;
  vi.spyOn(globalThis, "fetch").mockImplementation(async (...request) => {
    const response = await fetch(...request);
    if (response.status >= 400) refusals.push(await response.clone().text());
    return response;
  });
}

async function useEverything(): Promise<string> {
  const email = secret("address", "ada.lovelace@erased.example");
  const first = secret("password", "first-password-of-ada");
  const second = secret("password", "second-password-of-ada");
  for (const refused of [
    { email: secret("malformed address", "ada.lovelace.at.erased"), password: first },
    { email, password: secret("short password", "sh0rt-1") },
    { email, password: [secret("password in a list", "listed-password-of-ada")] },
  ])
    expect((await post("people/sign-up", refused)).status).toBe(400);
  await post("people/sign-up", { email, password: first, ...NAMES });
  await post("people/confirm", { email, code: await code(email, 1) });
  const { refreshToken } = await logIn(email, first);
  await post("tokens/refresh", { refreshToken });
  await post("tokens/refresh", { refreshToken });
  await post("tokens", { email, password: secret("wrong password", "wrong-password-of-ada") });
  await post("people/forgot", { email });
  await post("people/reset", { email, code: secret("wrong code", "WRNGCDE234"), password: second });
  await post("people/reset", { email, code: await code(email, 2), password: second });
  const { accessToken } = await logIn(email, second);
  const own = new Api(stack.api.url, accessToken);
  secret("device's token", await own.register("device-of-ada"));
  const key = await own.call<{ key: string; id: string }>("POST", "/api/api-keys", { name: "Key", role: "viewer" });
  secret("API key", key.body.key);
  const byKey = new Api(stack.api.url, key.body.key);
  expect((await byKey.call("GET", "/api/session")).status).toBe(200);
  expect((await own.call("DELETE", `/api/api-keys/${key.body.id}`)).status).toBe(204);
  await eventually(async () => expect((await byKey.call("GET", "/api/session")).status).toBe(401));
  await useSecondFactors(own, email, second);
  await enrolDevices(stack.api);
  await makeKeys(stack.api);
  const cookie = await fetch(`${stack.api.url}/api/session`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ email, password: second }),
  });
  const value = /=([^;]+)/.exec(String(cookie.headers.get("set-cookie")))?.[1] ?? "";
  secret("session cookie", value);

  const invited = secret("address", "grace.hopper@kept.example");
  const { body } = await stack.api.call<PersonResource>("POST", "/api/people", { email: invited, role: "viewer" });
  await code(invited, 1);
  const link = await stack.api.call<{ code: string }>("POST", `/api/people/${body.id}/link`);
  secret("code of a link", link.body.code);

  mail.refuse((address) => ({ code: 550, text: `5.1.1 ${address} is unknown` }));
  const refused = secret("address", "refused.mail@kept.example");
  await stack.api.call<PersonResource>("POST", "/api/people", { email: refused, role: "viewer" });
  await eventually(() => expect(logs()).toContain("refused the address"));
  mail.refuse(undefined);

  const { person } = (await own.call<SessionInfo>("GET", "/api/session")).body;
  expect((await stack.api.call("DELETE", `/api/people/${person.id}?erase=true`)).status).toBe(204);
  await runPrograms();
  return person.id;
}

const parts = () =>
  [...stack.gateways, ...stack.projectors, ...stack.reactors, ...stack.historians].map(({ process }) => process);

function logs(): string {
  return [...earlier, ...parts().flatMap((process) => process.logs()), ...stack.nats.logs()].join("\n");
}

async function filesIn(folder: string): Promise<Map<string, Buffer>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const read = await Promise.all(
    files.map(async (file) => [file, await readFile(file).catch(() => Buffer.of())] as const),
  );
  return new Map(read);
}

it("no file, log line or error has a password, code, token or address; a rebuild equals the views", async () => {
  keepRefusals();
  const erased = await useEverything();
  vi.restoreAllMocks();
  const processes = parts();
  // Only the newest 200 lines of a process are kept.
  for (const lines of [earlier, ...processes.map((process) => process.logs())]) expect(lines.length).toBeLessThan(200);

  const backbone = await connectBackbone({
    url: stack.nats.url,
    name: "test",
    streams: declareStreams({
      FLEET: { maxBytes: 1024 ** 3, replicas: 1 },
      TELEMETRY: { maxBytes: 1024 ** 3, replicas: 1 },
    }),
    logger: { info() {}, warn() {}, error() {} },
  });
  const rebuilt = await rebuildViews(backbone.log);
  await backbone.close();
  const views = join(stack.dataDir, "projector-projector-1");
  await eventually(() => expect(dumpViews(views)).toEqual(rebuilt));
  expect(JSON.stringify(rebuilt)).toContain(erased);

  const written = new Map([...(await filesIn(stack.dataDir)), ...(await filesIn(stack.nats.storeDir))]);
  // The historian compresses what it stores: its files are searched unpacked, where a frame is whole, and by an export.
  for (const [file, bytes] of [...written])
    for (const [i, frame] of zstdFramesIn(bytes).entries()) written.set(`frame ${i} of ${file}`, frame);
  const headers = { authorization: `Bearer ${stack.adminToken}` };
  const exported = await fetch(`${stack.api.url}/api/history/export?format=jsonl`, { headers });
  const lines = Buffer.from(await exported.arrayBuffer());
  expect([exported.status, lines.includes(erased)]).toEqual([200, true]);
  written.set("export of the history", lines);
  written.set("log lines", Buffer.from(logs()));
  expect(refusals.length).toBeGreaterThan(8);
  written.set("refusals", Buffer.from(refusals.join("\n")));
  for (const [name, { output, arguments: shown }] of programs) written.set(name, Buffer.from(`${output}\n${shown}`));
  for (const { pid } of [...processes, stack.nats])
    written.set(`arguments of ${pid}`, await readFile(`/proc/${pid}/cmdline`));
  const stored = [...written.values()];
  // Texts that are not secret prove that the files are readable.
  expect(stored.filter((bytes) => bytes.includes(erased)).length).toBeGreaterThan(1);
  expect(secrets.size).toBeGreaterThan(45);
  const found = [...written].flatMap(([where, bytes]) => {
    const lower = bytes.toString("latin1").toLowerCase();
    return [...secrets].filter(([text]) => lower.includes(text.toLowerCase())).map(([, what]) => `${what} in ${where}`);
  });
  expect(found).toEqual([]);

  const pages = await Promise.all(
    ["people?limit=1000", `people/${erased}`, "audit?limit=1000", "accounts", "devices?limit=1000"].map(async (path) =>
      JSON.stringify((await stack.api.call("GET", `/api/${path}`)).body),
    ),
  );
  for (const text of ["ada.lovelace", ...Object.values(NAMES)])
    for (const page of pages) expect(page.toLowerCase()).not.toContain(text.toLowerCase());
}, 180_000);
