import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { importFile } from "./import-file.ts";
import type { ImportOptions } from "./options.ts";
import { ownAccountOf } from "./plan/libpyiotcloud.ts";
import type { Outcome } from "./records.ts";
import { ApiServer, problem } from "./testing/api-server.ts";

const CSV = "clientid,username,password";

let fleet: ApiServer;
let url: string;
let folder: string;
let said: string[];
beforeEach(async () => {
  fleet = new ApiServer();
  said = [];
  folder = mkdtempSync(join(tmpdir(), "fleetlog-import-"));
  url = await fleet.start();
});
afterEach(async () => {
  rmSync(folder, { recursive: true });
  await fleet.stop();
});

async function run(text: string, more: Partial<ImportOptions> = {}, signal = new AbortController().signal) {
  const file = join(folder, "file");
  writeFileSync(file, text);
  const report = join(folder, "report");
  const options: ImportOptions = {
    system: "tpedm",
    file,
    url,
    key: "fk_1",
    account: undefined,
    authorities: [],
    links: undefined,
    report,
    dryRun: false,
    ...more,
  };
  const result = await importFile(options, { say: (line) => said.push(line), signal, wait: async () => {} });
  return { ...result, outcomes: reported() };
}

const reported = () =>
  readFileSync(join(folder, "report"), "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Outcome);
const made = () => fleet.calls.filter((call) => call.startsWith("POST"));

describe("an import of devices", () => {
  it("registers them once: a second run changes nothing, and reports that", async () => {
    const text = `${CSV}\ng-1,u,p\ng-2,u,p\nwrong,u,p\n,u,p\ng-1,u,p\ng-3,u\n`;
    const first = await run(text);
    expect(first).toMatchObject({ complete: true, counts: { created: 2, refused: 4, "there already": 0 } });
    expect(first.outcomes.sort((a, b) => a.row - b.row)).toEqual([
      { row: 1, kind: "device", id: "g-1", outcome: "created" },
      { row: 2, kind: "device", id: "g-2", outcome: "created" },
      { row: 3, kind: "device", id: "wrong", outcome: "refused", field: "username", reason: "no" },
      { row: 4, kind: "device", outcome: "refused", field: "clientid", reason: "clientid is empty" },
      {
        row: 5,
        kind: "device",
        id: "g-1",
        outcome: "refused",
        field: "clientid",
        reason: "row 1 has the same clientid",
      },
      { row: 6, kind: "record", outcome: "refused", field: "record", reason: expect.stringContaining("2 cells") },
    ]);
    expect(statSync(join(folder, "report")).mode & 0o777).toBe(0o600);
    expect(readFileSync(join(folder, "report"), "utf8")).not.toContain('"p"');
    expect(await run(text)).toMatchObject({ counts: { created: 0, refused: 4, "there already": 2 } });
    expect(said.at(-2)).toContain("2 there already, 4 refused. Nothing was changed");
  });

  it("changes nothing in a dry run", async () => {
    await run(`${CSV}\ng-1,u,p\n`);
    fleet.calls.length = 0;
    const { counts } = await run(`${CSV}\ng-1,u,p\ng-2,u,p\n`, { dryRun: true });
    expect(counts).toMatchObject({ planned: 1, "there already": 1 });
    expect(made()).toEqual([]);
    expect(said.at(-2)).toContain("This was a dry run: nothing was changed");
  });

  it("refuses ids that another device has", async () => {
    fleet.devices.set("g-1", { id: "g-1", dialect: "kura", account: "main" });
    fleet.devices.set("g-2", {
      id: "g-2",
      dialect: "tpedm",
      account: "main",
      login: { clientId: "g-2", userName: "v" },
    });
    fleet.devices.set("g-3", { id: "g-3", dialect: "tpedm", account: "main" });
    const { outcomes } = await run(`${CSV}\ng-1,u,p\ng-2,u,p\ng-3,u,p\n`, { account: "plant" });
    const reasons = outcomes.map(({ reason }) => reason);
    expect(reasons[0]).toContain("of the kind kura");
    expect(reasons[1]).toContain("in the account main");
    expect(reasons[2]).toContain("in the account main");
    expect((await run(`${CSV}\ng-2,u,p\n`)).outcomes).toMatchObject([{ field: "username" }]);
    expect(made()).toEqual([]);
  });

  it("finds a device that was registered at the same time", async () => {
    const login = { clientId: "g-1", userName: "u" };
    fleet.devices.set("g-1", { id: "g-1", dialect: "tpedm", account: "main", login });
    fleet.overrides.push((call) => (call === "GET /api/devices/rows" ? [200, { items: [] }] : undefined));
    expect((await run(`${CSV}\ng-1,u,p\n`)).counts).toMatchObject({ "there already": 1 });
  });

  it("refuses a device whose log-in another device has", async () => {
    const error = { code: "login-taken", detail: "taken", field: "login" };
    fleet.overrides.push((call) =>
      call === "POST /api/devices/batch" ? [200, { items: [{ id: "g-1", error }] }] : undefined,
    );
    const { outcomes } = await run(`${CSV}\ng-1,u,p\n`);
    expect(outcomes).toMatchObject([{ outcome: "refused", field: "clientid", reason: "taken" }]);
  });

  it("registers the other devices when the server refuses a whole chunk because of one", async () => {
    for (let i = 0; i < 2; i++)
      fleet.overrides.push((call) =>
        call === "POST /api/devices/batch" ? problem(400, "invalid-request") : undefined,
      );
    const { counts } = await run(`${CSV}\ng-1,u,p\ng-2,u,p\n`);
    expect(counts).toMatchObject({ created: 1, refused: 1 });
  });

  it("repeats a call while the server is unavailable or busy", async () => {
    for (const status of [0, 429, 503])
      fleet.overrides.push((call) => (call === "POST /api/devices/batch" ? problem(status, "busy") : undefined));
    expect((await run(`${CSV}\ng-1,u,p\n`)).counts).toMatchObject({ created: 1 });
    expect(said.filter((line) => line.includes("tried again"))).toHaveLength(3);
  });

  it("can be continued after a failure", async () => {
    const rows = Array.from({ length: 250 }, (_, i) => `g-${i},u,p\n`).join("");
    let batches = 0;
    fleet.overrides.push((call) =>
      call === "POST /api/devices/batch" && ++batches === 2 ? problem(507, "log-full") : undefined,
    );
    await expect(run(`${CSV}\n${rows}`)).rejects.toThrow("stopped at record 200 (100 created)");
    expect(reported()).toHaveLength(100);
    expect((await run(`${CSV}\n${rows}`)).counts).toMatchObject({ "there already": 100, created: 150 });
  });

  it("stops after a chunk when its signal is aborted, and can be continued", async () => {
    const rows = Array.from({ length: 250 }, (_, i) => `g-${i},u,p\n`).join("");
    const stop = new AbortController();
    fleet.overrides.push((call) => (call === "POST /api/devices/batch" ? void stop.abort() : undefined));
    expect(await run(`${CSV}\n${rows}`, {}, stop.signal)).toMatchObject({ complete: false, counts: { created: 100 } });
    expect(said.at(-2)).toContain("It was stopped; run it again to go on");
    expect((await run(`${CSV}\n${rows}`)).counts).toMatchObject({ "there already": 100, created: 150 });
  });

  it("registers the records before an unreadable place in the file", async () => {
    await expect(run(`${CSV}\ng-1,u,p\ng-2,"u"x,p\n`)).rejects.toThrow("(1 created)");
    expect([...fleet.devices.keys()]).toEqual(["g-1"]);
  });
});

describe("an import of people", () => {
  const PEOPLE = [
    { username: "ada", email: "ada@example.org", password: "secret-1", givenname: "Ada", status: "CONFIRMED" },
    { username: "bob", email: "bob@example.org", password: "secret-2" },
    { username: "bob", deviceid: "a".repeat(40), devicename: "Pump" },
  ];
  const text = PEOPLE.map((one) => JSON.stringify(one)).join("\n");
  const system = "libpyiotcloud";

  it("invites each person into an account of their own, once, without passwords", async () => {
    const { counts, outcomes } = await run(text, { system });
    expect(counts).toMatchObject({ created: 3 });
    expect(outcomes.map(({ note }) => note)).toEqual([
      "needs a link for the password: --links <file>",
      "needs a link for the password: --links <file>",
      "needs a new certificate: the file has none",
    ]);
    const account = ownAccountOf("bob");
    expect(fleet.people.get("bob@example.org")).toEqual({
      id: "p-1",
      email: "bob@example.org",
      account,
      status: "invited",
      role: "owner",
      userName: "bob",
    });
    expect(fleet.devices.get("a".repeat(40))).toMatchObject({ account, name: "Pump" });
    expect(fleet.accounts).toContain(account);
    fleet.calls.length = 0;
    expect((await run(text, { system })).counts).toMatchObject({ created: 0, "there already": 3 });
    expect(made()).toEqual([]);
  });

  it("writes one link for each person, also after an interruption", async () => {
    const links = join(folder, "links");
    fleet.overrides.push((call) => (call === "POST /api/people/p-1/link" ? problem(403, "forbidden") : undefined));
    await expect(run(text, { system, links })).rejects.toThrow("forbidden");
    await run(text, { system, links });
    await run(text, { system, links });
    const written = readFileSync(links, "utf8").trimEnd().split("\n");
    expect(written.map((line) => JSON.parse(line).email).sort()).toEqual(["ada@example.org", "bob@example.org"]);
    expect(fleet.links).toBe(2);
    expect(statSync(links).mode & 0o777).toBe(0o600);
  });

  it("says that the server mails the links", async () => {
    fleet.mail = true;
    expect((await run(text, { system })).outcomes[0]).toMatchObject({ note: "a link for the password is mailed" });
  });

  it("refuses an address that somebody in another account has, and leaves that person alone", async () => {
    fleet.people.set("ada@example.org", { id: "x", email: "ada@example.org", account: "main", status: "active" });
    const { outcomes } = await run(text.split("\n")[0] ?? "", { system });
    expect(outcomes).toMatchObject([{ outcome: "refused", field: "email", reason: expect.stringContaining("main") }]);
    expect(made()).toEqual([]);
  });

  it("makes everybody an operator of the given account", async () => {
    fleet.role = "owner";
    expect((await run(text, { system, account: "plant" })).counts).toMatchObject({ created: 3 });
    expect(fleet.people.get("ada@example.org")).toMatchObject({ account: "plant", role: "operator" });
    expect(made()).not.toContain("POST /api/accounts");
  });
});

describe("an import that can't start", () => {
  it.each([
    [{ key: "fk_2" }, "the API key is not valid"],
    [{ account: "nowhere" }, "--account: there is no account nowhere"],
    [{ system: "libpyiotcloud" }, "needs the API key of an administrator"],
  ] as const)("says why: %j", async (more, message) => {
    fleet.role = "owner";
    await expect(run(`${CSV}\ng-1,u,p\n`, more)).rejects.toThrow(message);
    expect(made()).toEqual([]);
  });

  it("reports that no server answers", async () => {
    await expect(run(CSV, { url: "http://127.0.0.1:1" })).rejects.toThrow("does not answer");
  });
});
