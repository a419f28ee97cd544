import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { authoritiesIn } from "./certificates.ts";
import { ownAccountOf, planLibpyiotcloud } from "./libpyiotcloud.ts";
import { Repeats } from "./repeats.ts";
import { planTpedm } from "./tpedm.ts";

const ID = "0123456789abcdef0123456789abcdef01234567";
const folder = mkdtempSync(join(tmpdir(), "fleetlog-plan-"));
afterAll(() => rmSync(folder, { recursive: true }));
const openssl = (args: string) => execFileSync("openssl", args.split(" "), { cwd: folder, stdio: "ignore" });
const pem = (name: string) => readFileSync(join(folder, name), "utf8");
for (const ca of ["ca", "other"]) {
  openssl(`req -x509 -newkey rsa:2048 -nodes -days 9 -subj /CN=${ca} -keyout ${ca}.key -out ${ca}.crt`);
  for (const name of [ID, "somebody"]) {
    const file = `${ca}-${name}`;
    openssl(`req -newkey rsa:2048 -nodes -subj /CN=${name} -keyout ${file}.key -out ${file}.csr`);
    openssl(`x509 -req -in ${file}.csr -CA ${ca}.crt -CAkey ${ca}.key -CAcreateserial -days 1 -out ${file}.crt`);
  }
}

describe("a device of TPEDM", () => {
  const plan = (fields: object, account?: string) =>
    planTpedm({ clientid: "g-1", username: "line 1", password: " x ", ...fields }, { account });

  it("is registered with its log-in", () => {
    expect(plan({ name: "Press", tags: "hall-1; roof", id: "" }, "plant").body).toEqual({
      id: "g-1",
      dialect: "tpedm",
      login: { clientId: "g-1", userName: "line 1", password: " x " },
      name: "Press",
      tags: ["hall-1", "roof"],
      account: "plant",
    });
    expect(plan({ clientid: "g 1", id: "g-1" }).body).toMatchObject({ id: "g-1", login: { clientId: "g 1" } });
    const clientId = "TPE:00:90/E8 ä";
    const made = plan({ clientid: clientId }).body;
    expect(made).toMatchObject({ id: expect.stringMatching(/^TPE:00:90-E8-[0-9a-f]{12}$/), login: { clientId } });
  });

  it.each([
    [{ clientid: "" }, "clientid", "clientid is empty"],
    [{ username: "" }, "username", "username is empty"],
    [{ password: "" }, "password", "password is empty"],
    [{ clientid: "a+b", id: "g-1" }, "clientid", "clientid must be text without + and #"],
    [{ id: "g-2" }, "id", "the id of this device is its clientid"],
    [{ clientid: "g 1", id: "g 2" }, "id", "id must be a device id"],
    [{ password: "x".repeat(1_025) }, "password", "1024"],
    [{ name: "a\u0000" }, "name", "name"],
    [{ tags: "x".repeat(65) }, "tags", "tags"],
  ])("is refused: %j", (fields, field, reason) => {
    expect(() => plan(fields)).toThrow(expect.objectContaining({ kind: "device", field }));
    expect(() => plan(fields)).toThrow(reason);
  });

  it("is refused if the file lacks a column", () => {
    expect(() => planTpedm({ clientid: "g-1" }, { account: undefined })).toThrow("the file has no column username");
  });
});

describe("a document of libpyiotcloud", () => {
  const options = { account: undefined, authorities: authoritiesIn(pem("ca.crt")), now: Date.now() };
  const plan = (fields: Readonly<Record<string, unknown>>, more = {}) =>
    planLibpyiotcloud(fields, { ...options, ...more });
  const person = { username: "ada", email: "Ada@Example.org", password: "secret", token: "t", status: "CONFIRMED" };

  it("becomes a person in an account of their own; the password is left out", () => {
    expect(plan({ ...person, givenname: "Ada", familyname: " " })).toEqual({
      kind: "person",
      id: "ada@example.org",
      account: ownAccountOf("ada"),
      userName: "ada",
      givenName: "Ada",
    });
    expect(plan(person, { account: "plant" })).toMatchObject({ account: "plant" });
    expect(ownAccountOf("Ada")).not.toBe(ownAccountOf("ada"));
    expect(ownAccountOf("ada")).not.toContain("ada");
  });

  it("is a device of its owner's account", () => {
    expect(plan({ username: "ada", deviceid: ID, devicename: "Pump" })).toMatchObject({
      kind: "device",
      body: { id: ID, name: "Pump", dialect: "libpyiotcloud", account: ownAccountOf("ada") },
      note: "needs a new certificate: the file has none",
    });
  });

  it.each([
    ["ca", ID, {}, "keeps its certificate"],
    ["other", ID, {}, "needs a new certificate: it is not of the authority"],
    ["ca", "somebody", {}, "needs a new certificate: its common name is not the device's id"],
    ["ca", ID, { now: Date.now() + 2 * 86_400_000 }, "needs a new certificate: it expired"],
    ["ca", ID, { now: 0 }, "needs a new certificate: it is valid from"],
    ["ca", ID, { authorities: [] }, "needs a new certificate: no --authority"],
  ])("with a certificate of %s for %s and %j: %s", (ca, name, more, note) => {
    const planned = plan({ username: "ada", deviceid: ID, cert: pem(`${ca}-${name}.crt`) }, more);
    expect(planned).toMatchObject({ note: expect.stringContaining(note) });
  });

  it.each([
    [{ deviceid: "0A", username: "ada" }, "device", "deviceid"],
    [{ deviceid: null, username: "ada" }, "device", "deviceid"],
    [{ deviceid: ID }, "device", "username"],
    [{ deviceid: ID, username: "ada", devicename: "x".repeat(129) }, "device", "devicename"],
    [{ deviceid: ID, username: "ada", cert: "-----BEGIN CERTIFICATE-----" }, "device", "cert"],
    [{ ...person, email: "ada" }, "person", "email"],
    [{ ...person, email: undefined }, "person", "email"],
    [{ ...person, username: "" }, "person", "username"],
    [{ ...person, status: "UNCONFIRMED" }, "person", "status"],
    [{ ...person, familyname: "x".repeat(129) }, "person", "familyname"],
    [{ sensorname: "x" }, "record", "record"],
  ])("is refused: %j", (fields, kind, field) => {
    expect(() => plan(fields)).toThrow(expect.objectContaining({ kind, field }));
  });

  it("refuses authorities that are not certificate authorities", () => {
    expect(() => authoritiesIn("nothing")).toThrow("no certificate in PEM");
    expect(() => authoritiesIn(pem(`ca-${ID}.crt`))).toThrow("is not an authority's");
  });
});

it("refuses a record that the file has twice, and names the row of the first", () => {
  const repeats = new Repeats();
  const device = (clientid: string, id = "") =>
    planTpedm({ clientid, username: "u", password: "p", id }, { account: undefined });
  const person = planLibpyiotcloud({ username: "ada", email: "a@b" }, { account: "x", authorities: [], now: 0 });
  repeats.mustBeFirst(1, device("g-1"));
  repeats.mustBeFirst(2, device("g 2", "g-2"));
  repeats.mustBeFirst(3, person);
  expect(() => repeats.mustBeFirst(4, device("g-1"))).toThrow("row 1 has the same clientid");
  expect(() => repeats.mustBeFirst(5, device("g 2", "g-3"))).toThrow("row 2 has the same clientid");
  expect(() => repeats.mustBeFirst(6, person)).toThrow("row 3 has the same email");
});
