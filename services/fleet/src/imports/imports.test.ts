import { createHash } from "node:crypto";
import type { ClaimCodeMade, ProvisionRequestCreated, Recorded } from "@fleetlog/domain";
import type { ImportCredentials } from "@fleetlog/protocol";
import { beforeEach, describe, expect, it } from "vitest";
import { changeAccount, createAccount } from "../accounts/change.ts";
import { type Caller, personCaller } from "../caller.ts";
import { acceptClaimed, claimDevice, type ShownCode, showClaimCode } from "../claims/index.ts";
import { registerDevice } from "../devices/register.ts";
import { retireDevice } from "../devices/retire.ts";
import { changePerson, endPerson, invitePerson } from "../people/people.ts";
import { person } from "../testing/callers.ts";
import { type TestFleet, testFleet } from "../testing/test-fleet.ts";
import { Importer } from "./importer.ts";
import { listImports, readImportCredentials, reportOfImport } from "./read.ts";
import { type StartImport, startImport } from "./start.ts";

const ada = personCaller(person("ada"), "c-1", "v1.address");
const admin = personCaller(person("root", "admin"), "c-0");
const rows = (count: number, more = {}) => Array.from({ length: count }, (_, i) => ({ id: `d${i + 1}`, ...more }));

let fleet: TestFleet;
beforeEach(async () => {
  fleet = await testFleet();
});

async function ended(request: StartImport, caller: Caller = ada) {
  fleet.imports.start(fleet);
  const { id } = await startImport(fleet, caller, request);
  await untilEnded(id, caller);
  return reportOfImport(fleet, caller, id);
}

async function untilEnded(id: string, caller: Caller = ada): Promise<void> {
  await expect.poll(async () => (await reportOfImport(fleet, caller, id)).state, { timeout: 20_000 }).toBe("ended");
}

async function credentials(id: string, caller: Caller = ada) {
  const items: ImportCredentials["items"] = [];
  for await (const part of await readImportCredentials(fleet, caller, id)) items.push(...part);
  return items;
}

const registered = async () =>
  (await fleet.events("DeviceRegistered")).map(({ data }) => (data as { device: string }).device);

it("an import registers each row, and reports failures by row and field", async () => {
  await registerDevice(fleet, ada, { id: "taken" });
  const report = await ended({
    rows: [
      { id: "a", name: "Pump A", tags: "roof, hall;cellar" },
      { id: "b c" },
      { id: "taken" },
      { id: "a" },
      { id: "c", type: "no-such-type" },
      { id: "d", tags: ["x"], name: null },
      { name: "no id" },
    ],
  });
  expect(report).toMatchObject({ rows: 7, done: 7, created: 2, failed: 5, state: "ended", credentials: "available" });
  expect(report.failures).toMatchObject([
    { row: 2, id: "b c", field: "id", code: "invalid-request" },
    { row: 3, id: "taken", field: "id", code: "device-exists" },
    { row: 4, id: "a", field: "id", code: "device-exists" },
    { row: 5, id: "c", field: "type", code: "invalid-request" },
    { row: 7, field: "id", code: "invalid-request" },
  ]);
  const [event] = (await fleet.events("DeviceRegistered")).slice(1);
  expect(event).toMatchObject({
    data: { device: "a", name: "Pump A", tags: ["roof", "hall", "cellar"], by: "ada" },
    address: "v1.address",
    source: "/operators/ada",
  });
  const types = (await fleet.events()).map(({ type }) => type);
  expect(types.filter((type) => type.startsWith("Import"))).toEqual(["ImportStarted", "ImportEnded"]);
});

it("an import gives the devices' tokens once", async () => {
  const { id } = await ended({ rows: rows(3) });
  const both = await Promise.allSettled([credentials(id), credentials(id)]);
  const given = both.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
  expect(given).toHaveLength(1);
  for (const { id: device, token = "" } of given[0] ?? []) {
    expect(await fleet.credentials.verify(device, token)).toMatchObject({ by: "token" });
  }
  expect(given[0]).toHaveLength(3);
  await expect(credentials(id)).rejects.toMatchObject({ code: "credentials-gone" });
  expect(await reportOfImport(fleet, ada, id)).toMatchObject({ credentials: "gone" });
});

it("a dry run checks all rows, and creates nothing", async () => {
  await registerDevice(fleet, ada, { id: "d2" });
  const report = await ended({ dryRun: true, rows: [...rows(3), { id: "d1" }] });
  expect(report).toMatchObject({ dryRun: true, created: 2, failed: 2, credentials: "none" });
  expect(report.failures).toMatchObject([
    { row: 2, code: "device-exists" },
    { row: 4, code: "device-exists", field: "id" },
  ]);
  expect(await registered()).toEqual(["d2"]);
  await expect(credentials(report.id)).rejects.toMatchObject({ code: "credentials-gone" });
});

it("two runs of one request, of which the first was slow, make one import, whose credentials are valid", async () => {
  const repeatable = { bytes: (purpose: string) => createHash("sha256").update(purpose).digest(), since: 1 };
  const caller = { ...ada, repeatable };
  const request = () => ({ rows: rows(3) });
  const { store } = fleet.imports;
  const add = store.add.bind(store);
  let first: string | undefined;
  fleet.imports.start(fleet);
  store.add = async (record) => {
    store.add = add;
    first = (await startImport(fleet, caller, request())).id;
    await untilEnded(first);
    return add(record);
  };
  const { id } = await startImport(fleet, caller, request());
  expect(id).toBe(first);
  await untilEnded(id);
  expect(await reportOfImport(fleet, ada, id)).toMatchObject({ created: 3, failed: 0 });
  for (const { id: device = "", token = "" } of (await credentials(id)) as { id?: string; token?: string }[])
    expect(await fleet.credentials.verify(device, token)).toBeDefined();
});

it.each([
  ["other rows, of equal number", { rows: rows(3, { name: "other" }) }],
  ["another kind of import", { rows: rows(3), dryRun: true }],
])("a run with one key and %s is refused, also during the first run, whose rows count", async (_, other) => {
  const repeatable = { bytes: (purpose: string) => createHash("sha256").update(purpose).digest(), since: 1 };
  const caller = { ...ada, repeatable };
  const { store } = fleet.imports;
  const add = store.add.bind(store);
  const refused = { code: "idempotency-key-reused" };
  const outcomes: unknown[] = [];
  store.add = async (record) => {
    store.add = add;
    // The second run stores its rows after those of the first run, and then stores the import after the first run.
    store.add = async (second) => {
      store.add = add;
      outcomes.push(await add(record));
      return add(second);
    };
    await expect(startImport(fleet, caller, other)).rejects.toMatchObject(refused);
    return outcomes[0] === true;
  };
  const { id } = await startImport(fleet, caller, { rows: rows(3) });
  await expect(startImport(fleet, caller, other)).rejects.toMatchObject(refused);
  fleet.imports.start(fleet);
  fleet.imports.work(id);
  await untilEnded(id);
  expect(await reportOfImport(fleet, ada, id)).toMatchObject({ created: 3, failed: 0 });
  expect((await fleet.events("DeviceRegistered")).map(({ data }) => "name" in data)).toEqual([false, false, false]);
});

it("an import continues after a crash between event and credential, and registers each of 600 rows once", async () => {
  const { issueSince } = fleet.credentials;
  let issues = 0;
  // The process ends between the 301st event and its credential.
  fleet.credentials.issueSince = (...given) => {
    issues++;
    return issues > 300 ? new Promise(() => {}) : issueSince(...given);
  };
  fleet.imports.start(fleet);
  const { id } = await startImport(fleet, ada, { rows: rows(600) });
  await expect.poll(() => issues, { timeout: 20_000 }).toBeGreaterThan(300);
  expect(await reportOfImport(fleet, ada, id)).toMatchObject({ state: "running", done: 250 });

  fleet.credentials.issueSince = issueSince;
  const after = new Importer({ store: fleet.imports.store, node: "g1", clock: Date.now, logger: console });
  after.start(fleet);
  await untilEnded(id);
  await after.stop();
  expect(await reportOfImport(fleet, ada, id)).toMatchObject({ rows: 600, created: 600, failed: 0 });
  const all = await registered();
  expect(all).toHaveLength(600);
  expect(new Set(all).size).toBe(600);
  for (const { id: device, token = "" } of await credentials(id)) {
    expect(await fleet.credentials.verify(device, token), device).toBeDefined();
  }
});

it("an import is taken over by another node 31 seconds after its process has ended", async () => {
  let now = 1_000_000;
  const clock = () => now;
  const options = { store: fleet.imports.store, clock, logger: console };
  const { id } = await startImport(fleet, ada, { rows: rows(1) });
  const found = await fleet.imports.store.find(id);
  if (found === undefined) throw new Error("not stored");
  const owner = { node: "g1", incarnation: "ended", at: now };
  await fleet.imports.store.update({ ...found.record, owner }, found.revision);
  const other = () => new Importer({ ...options, node: "g2" });
  const early = other();
  early.start(fleet);
  await early.stop();
  expect(await reportOfImport(fleet, ada, id)).toMatchObject({ state: "running", done: 0 });
  now += 31_000;
  const late = other();
  late.start(fleet);
  await untilEnded(id);
  await late.stop();
  expect(await registered()).toEqual(["d1"]);
});

it("an import waits while the log is full, and fails no row", async () => {
  const { append } = fleet.log;
  let refused = 0;
  const { FleetError } = await import("@fleetlog/domain");
  fleet.log.append = (event, options) => {
    if (event.type !== "DeviceRegistered" || refused >= 70) return append.call(fleet.log, event, options);
    refused++;
    return Promise.reject(new FleetError("log-full", "FLEET is full"));
  };
  expect(await ended({ rows: rows(20) })).toMatchObject({ created: 20, failed: 0 });
  expect(refused).toBe(70);
}, 30_000);

it("an import fails the rows over the account's limit of devices", async () => {
  await createAccount(fleet, admin, { id: "north", name: "North" });
  await changeAccount(fleet, admin, "north", { limits: { devices: 2 } });
  const report = await ended({ account: "north", rows: rows(4) }, admin);
  expect(report).toMatchObject({ created: 2, failed: 2 });
  expect(report.failures).toMatchObject([
    { row: 3, code: "limit-reached" },
    { row: 4, code: "limit-reached" },
  ]);
});

it.each(["once", "twice"])(
  "an import does not register again a device that was registered %s and retired during the import",
  async (times) => {
    const { issueSince } = fleet.credentials;
    fleet.credentials.issueSince = () => new Promise(() => {});
    fleet.imports.start(fleet);
    const { id } = await startImport(fleet, ada, { rows: rows(1) });
    await expect.poll(registered, { timeout: 20_000 }).toEqual(["d1"]);
    fleet.credentials.issueSince = issueSince;
    await retireDevice(fleet, ada, "d1");
    const [registration] = await fleet.events("DeviceRegistered");
    if (times === "twice" && registration !== undefined) fleet.backbone.repeat(registration);
    const after = new Importer({ store: fleet.imports.store, node: "g1", clock: Date.now, logger: console });
    after.start(fleet);
    await untilEnded(id);
    await after.stop();
    expect(await fleet.credentials.statusOf("d1")).toBe("revoked");
    expect(new Set((await fleet.events("DeviceRegistered")).map((event) => event.id)).size).toBe(1);
  },
);

it("people see the imports of their accounts, and if they are limited to tags, only their own imports", async () => {
  const { id } = await ended({ rows: rows(1, { tags: "roof" }) });
  const as = (name: string, scope: { accounts?: string[]; tags?: string[] }) =>
    personCaller({ ...person(name), scope }, "c-2");
  const seenBy = async (caller: Caller) => (await listImports(fleet, caller)).map((one) => one.id);
  expect(await seenBy(as("lee", { accounts: ["main"] }))).toEqual([id]);
  expect(await seenBy(as("lee", { accounts: ["north"] }))).toEqual([]);
  expect(await seenBy(as("lee", { accounts: ["main"], tags: ["roof"] }))).toEqual([]);
  expect(await seenBy(as("ada", { accounts: ["main"], tags: ["roof"] }))).toEqual([id]);
  await expect(reportOfImport(fleet, as("lee", { tags: ["roof"] }), id)).rejects.toMatchObject({
    code: "import-unknown",
  });
});

it("an import stores rows, names and tokens only sealed", async () => {
  const { id } = await ended({ rows: [{ id: "a", name: "Secret plan" }] });
  const [{ token = "" } = {}] = await credentials(id);
  await startImport(fleet, ada, { rows: [{ id: "b", name: "Secret plan" }] });
  const bucket = await fleet.backbone.buckets.open("imports", { maxBytes: 1 });
  const kept = JSON.stringify(await bucket.entries());
  for (const secret of ["Secret plan", token, token.split(".")[1] ?? "x"]) expect(kept).not.toContain(secret);
});

const meters = (count: number, more = {}) =>
  Array.from({ length: count }, (_, i) => ({ clientId: `m${i + 1}`, userName: `m${i + 1}-S`, ...more }));
const logIn = (clientId: string, userName: string, password: string) =>
  fleet.provisioner.logins.verify({ clientId, userName }, password);

describe("an import of provision requests", () => {
  it("makes requests from the template and the row's values, and gives their secrets once", async () => {
    await registerDevice(fleet, ada, { id: "taken" });
    const report = await ended({
      template: { generateActivationKey: true, maxRetries: 5, device: { tags: ["lot-7"] } },
      rows: [
        { clientId: "m1", userName: "m1-S", "device.name": "Meter 1" },
        { clientId: "m2", userName: "m2-S", password: "own", "device.tags": "a b" },
        { clientId: "m1", userName: "m1-S" },
        { clientId: "taken", userName: "taken" },
        { clientId: "m3" },
        { clientId: "m4", userName: "m4-S", maxRetries: "many" },
        { clientId: "m5", userName: "m5-S", expiresOn: "2020-01-01T00:00:00Z" },
      ],
    });
    expect(report).toMatchObject({ kind: "provision-requests", created: 2, failed: 5, credentials: "available" });
    expect(report.failures).toMatchObject([
      { row: 3, id: "m1", field: "clientId", code: "provision-request-exists" },
      { row: 4, id: "taken", field: "clientId", code: "provision-request-exists" },
      { row: 5, id: "m3", field: "userName", code: "invalid-request" },
      { row: 6, field: "maxRetries", code: "invalid-request" },
      { row: 7, field: "expiresOn", code: "invalid-request" },
    ]);
    const events = (await fleet.events("ProvisionRequestCreated")) as Recorded<ProvisionRequestCreated>[];
    const [first, second] = events.sort((a, b) => a.data.clientId.localeCompare(b.data.clientId));
    expect(first).toMatchObject({
      data: { by: "ada", maxRetries: 5, device: { id: "m1", name: "Meter 1", tags: ["lot-7"] } },
      address: "v1.address",
    });
    expect(second).toMatchObject({ data: { device: { id: "m2", tags: ["a", "b"] } } });
    const [one, two] = await credentials(report.id);
    expect(one).toMatchObject({ row: 1, id: first?.data.request, clientId: "m1", userName: "m1-S" });
    expect(await logIn("m1", "m1-S", one?.password ?? "")).toBe(one?.id);
    const { logins } = fleet.provisioner;
    const login = { clientId: "m1", userName: "m1-S" };
    expect(await logins.isActivationKey(login, one?.id ?? "", one?.activationKey ?? "")).toBe(true);
    expect(two).not.toHaveProperty("password");
    expect(await logIn("m2", "m2-S", "own")).toBe(two?.id);
    await expect(credentials(report.id)).rejects.toMatchObject({ code: "credentials-gone" });
  });

  it("checks all rows in a dry run, and reserves no client ids and user names", async () => {
    await registerDevice(fleet, ada, { id: "d" });
    const request = { template: {}, rows: [...meters(2), ...meters(1), { clientId: "d", userName: "d" }] };
    const report = await ended({ ...request, dryRun: true });
    expect(report).toMatchObject({ dryRun: true, created: 2, failed: 2, credentials: "none" });
    expect(report.failures.map(({ row, code }) => [row, code])).toEqual([
      [3, "provision-request-exists"],
      [4, "provision-request-exists"],
    ]);
    expect(await fleet.events("ProvisionRequestCreated")).toEqual([]);
    expect(await fleet.provisioner.logins.requests()).toEqual([]);
  });

  it("continues after a crash between reservation and event, and makes each of 600 requests once", async () => {
    const { append } = fleet.log;
    let appended = 0;
    fleet.log.append = (event, options) => {
      if (event.type === "ProvisionRequestCreated" && ++appended > 300) return new Promise(() => {});
      return append.call(fleet.log, event, options);
    };
    fleet.imports.start(fleet);
    const rows = meters(600).map((row) => ({ ...row, userName: row.clientId }));
    const { id } = await startImport(fleet, ada, { template: { generateActivationKey: true }, rows });
    await expect.poll(() => appended, { timeout: 20_000 }).toBeGreaterThan(300);
    fleet.log.append = append;
    const after = new Importer({ store: fleet.imports.store, node: "g1", clock: Date.now, logger: console });
    after.start(fleet);
    await untilEnded(id);
    await after.stop();
    expect(await reportOfImport(fleet, ada, id)).toMatchObject({ rows: 600, created: 600, failed: 0 });
    const made = (await fleet.events("ProvisionRequestCreated")) as Recorded<ProvisionRequestCreated>[];
    expect(new Set(made.map(({ data }) => data.clientId)).size).toBe(600);
    expect(made).toHaveLength(600);
    for (const { id: request, clientId = "", userName = "", password = "" } of await credentials(id)) {
      expect(await logIn(clientId, userName, password), clientId).toBe(request);
    }
  });

  it("is refused for an unknown column or field of the template", async () => {
    for (const rows of [[{ account: "north" }], [{ "device.colour": "red" }], [{ "a b": 1 }]]) {
      await expect(startImport(fleet, ada, { template: {}, rows })).rejects.toMatchObject({ field: "rows" });
    }
    const template = { account: "north" };
    await expect(startImport(fleet, ada, { template, rows: meters(1) })).rejects.toMatchObject({ field: "template" });
  });

  it("stores the template's password and new secrets only sealed", async () => {
    const { id } = await ended({ template: { generateActivationKey: true }, rows: meters(1) });
    const [{ password = "", activationKey = "" } = {}] = await credentials(id);
    await startImport(fleet, ada, { template: { password: "same for all" }, rows: meters(1) });
    const bucket = await fleet.backbone.buckets.open("imports", { maxBytes: 1 });
    const kept = JSON.stringify(await bucket.entries());
    for (const secret of ["same for all", password, activationKey]) {
      expect(secret).not.toBe("");
      expect(kept).not.toContain(secret);
    }
  });
});

it("an import registers devices with claim codes, which get a credential after the claim", async () => {
  await createAccount(fleet, admin, { id: "north", name: "North" });
  const report = await ended({
    rows: [
      { id: "a", claimCode: "VENDOR-000001", tags: "factory" },
      { id: "b", claimCode: "vendor 000001" },
      { id: "c", claimCode: "SHORT-00001" },
      { id: "d" },
    ],
  });
  expect(report).toMatchObject({ created: 2, failed: 2 });
  expect(report.failures.map(({ field }) => field)).toEqual(["claimCode", "claimCode"]);
  const given = await credentials(report.id);
  expect(given.filter(({ token }) => token === undefined)).toHaveLength(1);
  const [code] = await fleet.events("ClaimCodeMade");
  const { device } = (code as Recorded<ClaimCodeMade>).data;
  if (device === undefined) throw new Error("the code is for any device");
  expect(await fleet.credentials.statusOf(device)).not.toBe("valid");
  expect(JSON.stringify(await fleet.events())).not.toContain("00001");

  const login = { clientId: device, userName: device, password: "vendor-000001" };
  const shown = await showClaimCode(fleet, { ...login, encrypted: true, protocol: "mqtt", address: "x" }, Date.now());
  const bob = personCaller({ ...person("bob"), account: "north", scope: { accounts: ["north"] } }, "c-2");
  const claimed = await claimDevice(fleet, bob, { code: "VENDOR000001", name: "Mine" }, Date.now());
  expect(claimed).toMatchObject({ device, account: "north", registered: true });
  await acceptClaimed(fleet, shown as ShownCode, {}, Date.now());
  expect(await fleet.credentials.statusOf(device)).toBe("valid");
  expect(await fleet.events("DeviceMoved")).toHaveLength(1);
});

it("a dry run refuses a taken claim code only for the account that owns it", async () => {
  await createAccount(fleet, admin, { id: "north", name: "North" });
  await ended({ rows: [{ id: "a", claimCode: "VENDOR-000001" }] });
  const check = { dryRun: true, rows: [{ id: "b", claimCode: "VENDOR-000001" }] };
  expect((await ended(check)).failures).toMatchObject([{ field: "claimCode" }]);
  const bob = personCaller({ ...person("bob"), account: "north", scope: { accounts: ["north"] } }, "c-2");
  expect((await ended(check, bob)).failures).toEqual([]);
  expect((await ended({ rows: check.rows }, bob)).failures).toMatchObject([{ field: "claimCode" }]);
});

it("an import stops between rows when the person who started it has ended", async () => {
  const { person: id } = await invitePerson(fleet, admin, { email: "bob@example.org", role: "operator" });
  await fleet.people.setPassword(id, "hash");
  const bob = personCaller(person(id), "c-3");
  const { issueSince } = fleet.credentials;
  let issued = 0;
  fleet.credentials.issueSince = async (...given) => {
    if (++issued === 10) await endPerson(fleet, admin, id);
    return issueSince(...given);
  };
  fleet.imports.start(fleet);
  const started = await startImport(fleet, bob, { rows: rows(600) });
  const report = () => reportOfImport(fleet, ada, started.id);
  await expect.poll(async () => (await report()).state, { timeout: 20_000 }).toBe("stopped");
  const { created, done, stopped, endedAt } = await report();
  expect({ stopped, done }).toEqual({ stopped: "access-ended", done: created });
  expect(endedAt).toBeDefined();
  expect(created).toBeLessThan(600);
  expect(await registered()).toHaveLength(created);
  expect(await fleet.events("ImportEnded")).toMatchObject([{ data: { created, failed: 0, stopped: "access-ended" } }]);
  expect(await credentials(started.id)).toHaveLength(created);
});

it("an import fails rows that the person's reduced rights do not allow", async () => {
  const { person: id } = await invitePerson(fleet, admin, { email: "bob@example.org", role: "operator" });
  await fleet.people.setPassword(id, "hash");
  const { id: started } = await startImport(fleet, personCaller(person(id), "c-3"), {
    rows: rows(2, { tags: "roof" }),
  });
  await changePerson(fleet, admin, id, { tags: ["hall"] });
  fleet.imports.start(fleet);
  fleet.imports.work(started);
  await untilEnded(started);
  expect(await reportOfImport(fleet, ada, started)).toMatchObject({
    created: 0,
    failures: [{ code: "forbidden" }, {}],
  });
});
