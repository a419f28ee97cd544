import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { AccountList, DevicePage, PersonPage } from "@fleetlog/protocol";
import { connectAsync } from "mqtt";
import { afterAll, beforeAll, expect, it } from "vitest";
import { Api } from "../support/api.ts";
import { Authority } from "../support/certificates.ts";
import { eventually } from "../support/eventually.ts";
import { RUNTIME } from "../support/processes.ts";
import { type Stack, startStack } from "../support/stack.ts";

const ROWS = 1_000;
const MAIN = fileURLToPath(new URL("../../infra/src/import-from/main.ts", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "fleetlog-import-from-"));
const authority = new Authority("Older CA");
const other = new Authority("Other CA");

interface Line {
  readonly row: number;
  readonly kind: string;
  readonly id?: string;
  readonly outcome: string;
  readonly field?: string;
  readonly reason?: string;
  readonly note?: string;
}

let stack: Stack;
let api: Api;
beforeAll(async () => {
  writeFileSync(join(folder, "ca.crt"), authority.cert);
  stack = await startStack({
    env: {
      FLEETLOG_TLS: "auto",
      FLEETLOG_HTTPS_PORT: "0",
      FLEETLOG_MQTTS_PORT: "0",
      FLEETLOG_TLS_CLIENT_CA: join(folder, "ca.crt"),
    },
  });
  api = stack.api;
  const { body } = await api.call<{ key: string }>("POST", "/api/api-keys", { name: "import", role: "admin" });
  writeFileSync(join(folder, "key.txt"), `${body.key}\n`);
}, 60_000);
afterAll(async () => {
  await stack?.[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

function begin(...args: string[]): { readonly child: ChildProcess; readonly text: () => string } {
  const child = spawn(process.execPath, [MAIN, ...args, "--url", api.url, "--key-file", "key.txt"], {
    env: { ...RUNTIME, INIT_CWD: folder },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let text = "";
  for (const stream of [child.stdout, child.stderr]) stream?.setEncoding("utf8").on("data", (part) => (text += part));
  return { child, text: () => text };
}

async function run(...args: string[]): Promise<{ code: number | null; text: string; lines: Line[] }> {
  const { child, text } = begin(...args);
  const [code] = (await once(child, "close")) as [number | null];
  return { code, text: text(), lines: reported() };
}

const report = join(folder, "import-report.jsonl");
const reported = (): Line[] =>
  existsSync(report)
    ? readFileSync(report, "utf8")
        .split("\n")
        .filter((line) => line.endsWith("}"))
        .map((line) => JSON.parse(line) as Line)
        .sort((a, b) => a.row - b.row)
    : [];
const total = async (query = "") => (await api.call<DevicePage>("GET", `/api/devices?limit=1${query}`)).body.total;
const count = (lines: readonly Line[], outcome: string) => lines.filter((line) => line.outcome === outcome).length;

/** A row whose client id is no valid device id. */
const ODD = { row: 222, clientId: "TPE:00:90/E8 ä" };

/** Rows that are refused, by number; with the field that the refusal names. */
const TPEDM_FAULTS: Readonly<Record<number, readonly [row: string, field: string]>> = {
  100: [",u-100,p,", "clientid"],
  200: ["g-200,,p,", "username"],
  300: ["g-300,u-300,,", "password"],
  400: ["g+400,u-400,p,", "clientid"],
  500: ["g-500,u-500", "record"],
  600: ["g-1,u-1,p,", "clientid"],
  700: ["native-1,u-700,p,", "clientid"],
  800: [`g-800,u-800,p,${"x".repeat(129)}`, "name"],
  900: ['g-900,u-900,p,"\u0001"', "name"],
};

const clientIdIn = (row: number) => (row === ODD.row ? ODD.clientId : `g-${row}`);

it("a file of TPEDM's devices: invalid rows are refused, the devices of all others log in, even after a kill, and a second run changes nothing", async () => {
  await api.register("native-1");
  const rows = Array.from(
    { length: ROWS },
    (_, i) => TPEDM_FAULTS[i + 1]?.[0] ?? `${clientIdIn(i + 1)},u-${i + 1},pass ${i + 1},Gateway ${i + 1}`,
  );
  writeFileSync(join(folder, "devices.csv"), ["clientid,username,password,name", ...rows].join("\r\n"));
  const wrong = Object.keys(TPEDM_FAULTS).length;

  const dry = await run("--tpedm", "devices.csv", "--dry-run");
  expect(dry.text).toContain("This was a dry run: nothing was changed");
  expect(dry).toMatchObject({ code: 2 });
  expect(count(dry.lines, "planned")).toBe(ROWS - wrong);
  expect(await total("&dialect=tpedm")).toBe(0);

  rmSync(report);
  const killed = begin("--tpedm", "devices.csv");
  await eventually(() => expect(reported().length).toBeGreaterThan(0), 60_000);
  killed.child.kill("SIGKILL");
  await once(killed.child, "close");

  const rest = await run("--tpedm", "devices.csv");
  expect(rest.code, rest.text).toBe(2);
  expect(rest.lines).toHaveLength(ROWS);
  expect(count(rest.lines, "created") + count(rest.lines, "there already")).toBe(ROWS - wrong);
  expect(count(rest.lines, "there already")).toBeGreaterThanOrEqual(90);
  const refused = rest.lines.filter(({ outcome }) => outcome === "refused");
  expect(refused.map(({ row, field }) => [row, field])).toEqual(
    Object.entries(TPEDM_FAULTS).map(([row, [, field]]) => [Number(row), field]),
  );
  for (const { reason } of refused) expect(reason).toBeTruthy();
  expect(rest.text + readFileSync(report, "utf8")).not.toContain("pass 7");
  await eventually(async () => expect(await total("&dialect=tpedm")).toBe(ROWS - wrong));

  const again = await run("--tpedm", "devices.csv");
  expect(again.text).toContain("Nothing was changed");
  expect([again.code, count(again.lines, "created"), count(again.lines, "there already")]).toEqual([
    2,
    0,
    ROWS - wrong,
  ]);
  for (const row of [1, 99, ODD.row, 1_000]) {
    const { id = "" } = again.lines.find((line) => line.row === row) ?? {};
    expect((await api.events(id, "&category=device")).map(({ type }) => type)).toEqual(["DeviceRegistered"]);
    const login = { clientId: clientIdIn(row), username: `u-${row}`, password: `pass ${row}`, reconnectPeriod: 0 };
    const client = await connectAsync(`mqtt://127.0.0.1:${stack.gateways[0]?.mqttPort}`, login);
    await client.endAsync();
  }
  expect(await api.device("g-7")).toMatchObject({ dialect: "tpedm", name: "Gateway 7", account: "main" });
}, 300_000);

const idOf = (number: number) => number.toString(16).padStart(40, "0");
const PEOPLE = 50;
const CERTIFIED = 100;
const bad = { username: "u-1", devicename: "bad" };
const DAMAGED = 400;
const LIBPYIOTCLOUD_FAULTS: Readonly<Record<number, readonly [text: string, field: string]>> = {
  10: [JSON.stringify({ username: "u", email: "no address", password: "x" }), "email"],
  20: [JSON.stringify({ username: "u", email: "late@example.org", password: "x", status: "UNCONFIRMED" }), "status"],
  30: [JSON.stringify({ username: "u-31", email: "U-1@example.org", password: "x" }), "email"],
  40: [JSON.stringify({ username: "root", email: "boss@example.org", password: "x" }), "email"],
  [DAMAGED]: ['{"deviceid":"', "record"],
  500: [JSON.stringify({ ...bad, deviceid: "12" }), "deviceid"],
  600: [JSON.stringify({ devicename: "x", deviceid: idOf(600) }), "username"],
  700: [JSON.stringify({ ...bad, deviceid: idOf(700), cert: "-----BEGIN CERTIFICATE-----" }), "cert"],
  800: [JSON.stringify({ ...bad, deviceid: idOf(51) }), "deviceid"],
  900: [JSON.stringify({ sensorname: "x" }), "record"],
};

it("a file of libpyiotcloud: people get accounts and links, devices keep their certificates, invalid rows are refused, even after a kill, and a second run changes nothing", async () => {
  await api.call("POST", "/api/people", { email: "boss@example.org", role: "viewer" });
  const ownerOf = (row: number) => `u-${(row % PEOPLE) + 1}`;
  const certificates = new Map<number, { cert: string; key: string }>();
  const documents = Array.from({ length: ROWS }, (_, index) => {
    const row = index + 1;
    const fault = LIBPYIOTCLOUD_FAULTS[row];
    if (fault !== undefined) return fault[0];
    const _id = { $oid: idOf(row).slice(-24) };
    if (row <= PEOPLE) {
      const names = { givenname: `Given ${row}`, familyname: "Family" };
      const secrets = { password: `secret ${row}`, token: "t", confirmationcode: "123456", status: "CONFIRMED" };
      return JSON.stringify({ _id, username: `u-${row}`, email: `u-${row}@example.org`, ...names, ...secrets });
    }
    const issued =
      row <= PEOPLE + CERTIFIED ? (row % 10 === 0 ? other : authority).issue({ names: [idOf(row)] }) : undefined;
    if (issued !== undefined) certificates.set(row, issued);
    const more = issued === undefined ? {} : { cert: issued.cert, pkey: issued.key };
    return JSON.stringify({ _id, username: ownerOf(row), devicename: `Board ${row}`, deviceid: idOf(row), ...more });
  });
  writeFileSync(join(folder, "export.json"), documents.join("\n"));
  const args = ["--libpyiotcloud", "export.json", "--authority", "ca.crt", "--links", "links.jsonl"];
  const wrong = Object.keys(LIBPYIOTCLOUD_FAULTS).length;
  const people = async () => (await api.call<PersonPage>("GET", "/api/people?limit=1000")).body.items;
  const accounts = async () => (await api.call<AccountList>("GET", "/api/accounts")).body.items;
  const before = (await people()).length;

  const dry = await run(...args, "--dry-run");
  expect(count(dry.lines, "planned"), dry.text).toBe(ROWS - wrong);
  expect([(await people()).length, (await accounts()).length, existsSync(join(folder, "links.jsonl"))]).toEqual([
    before,
    1,
    false,
  ]);

  rmSync(report);
  const killed = begin(...args);
  await eventually(() => expect(reported().length).toBeGreaterThan(0), 60_000);
  killed.child.kill("SIGKILL");
  await once(killed.child, "close");

  const { code, text, lines } = await run(...args);
  expect(code, text).toBe(2);
  expect(count(lines, "created") + count(lines, "there already"), text).toBe(ROWS - wrong);
  expect(count(lines, "there already")).toBeGreaterThan(0);
  expect(lines.filter(({ outcome }) => outcome === "refused").map(({ row, field }) => [row, field])).toEqual(
    Object.entries(LIBPYIOTCLOUD_FAULTS).map(([row, [, field]]) => [Number(row), field]),
  );
  const noteOf = (row: number) => lines[row - 1]?.note;
  expect(noteOf(51)).toBe("keeps its certificate");
  expect(noteOf(60)).toContain("it is not of the authority");
  expect(noteOf(999)).toContain("the file has none");
  // Four of the first fifty rows are people who are refused. Their devices are registered nevertheless.
  expect((await people()).length).toBe(before + PEOPLE - 4);
  expect((await accounts()).length).toBe(1 + PEOPLE);

  // The form of mongoexport --jsonArray --pretty, without the damaged document.
  const whole = documents.filter((_, index) => index + 1 !== DAMAGED).map((text) => JSON.parse(text));
  const pretty = whole.map((document) => JSON.stringify(document, null, "\t")).join(",\n");
  writeFileSync(join(folder, "export.json"), `[${pretty}]\n\n`);
  const again = await run(...args);
  expect(again.text).toContain("Nothing was changed");
  expect(count(again.lines, "there already"), again.text).toBe(ROWS - wrong);
  expect(count(again.lines, "refused")).toBe(wrong - 1);
  expect((await accounts()).length).toBe(1 + PEOPLE);

  const links = readFileSync(join(folder, "links.jsonl"), "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect(new Set(links.map(({ email }) => email)).size).toBe(PEOPLE - 4);
  expect(links).toHaveLength(PEOPLE - 4);
  const email = "u-1@example.org";
  const { link } = links.find((one) => one.email === email) as { link: string };
  const code1 = new URLSearchParams(link.replace(/^.*[#?]/, "")).get("code");
  const reset = { email, code: code1, password: "correct horse battery" };
  expect((await api.call("POST", "/api/people/reset", reset)).status).toBe(204);
  const tokens = await api.call<{ accessToken: string }>("POST", "/api/tokens", { email, password: reset.password });
  const own = new Api(api.url, tokens.body.accessToken);
  const expected = Array.from({ length: ROWS }, (_, index) => index + 1)
    .filter((row) => row > PEOPLE && LIBPYIOTCLOUD_FAULTS[row] === undefined && ownerOf(row) === "u-1")
    .map((row) => `Board ${row}`);
  await eventually(async () => {
    const { items } = await own.devices("?limit=1000");
    expect(items.map(({ name }) => name).sort()).toEqual([...expected].sort());
  });

  const { cert = "", key = "" } = certificates.get(51) ?? {};
  const guest = {
    clientId: idOf(51),
    username: "guest",
    password: "guest",
    protocolVersion: 4,
    reconnectPeriod: 0,
  } as const;
  const url = `mqtts://127.0.0.1:${stack.gateways[0]?.process.ready.mqttsPort}`;
  const client = await connectAsync(url, { ...guest, cert, key, rejectUnauthorized: false });
  await client.endAsync();
}, 300_000);
