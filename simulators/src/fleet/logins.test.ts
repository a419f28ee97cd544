import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { enrolsItself, fleetLogins } from "./logins.ts";

const PLAN = [{ id: "sim-a" }, { id: "sim-b" }];
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "fleetlog-logins-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

function file(text: string): string {
  const path = join(folder, "given");
  writeFileSync(path, text);
  return path;
}

it("gives all devices the secret of a group, or each its claim code or its own settings", async () => {
  const secret = await fleetLogins({ fleetEnrolmentSecret: "s" }, PLAN);
  expect(PLAN.map(({ id }) => secret(id))).toEqual([{ "enrolment-secret": "s" }, { "enrolment-secret": "s" }]);
  const codes = await fleetLogins({ fleetClaimCodes: file("K7\n\nM9\n") }, PLAN);
  expect(PLAN.map(({ id }) => codes(id))).toEqual([{ "claim-code": "K7" }, { "claim-code": "M9" }]);
  const settings = ["sim-b", "sim-a"].map((id) => ({ "client-id": id, username: `user-${id}`, password: "p" }));
  const provisioned = await fleetLogins({ fleetProvisioning: file(JSON.stringify(settings)) }, PLAN);
  expect(provisioned("sim-a")).toEqual({ "client-id": "sim-a", username: "user-sim-a", password: "p" });
});

it("names the device for which a file has nothing", async () => {
  await expect(fleetLogins({ fleetClaimCodes: file("K7") }, PLAN)).rejects.toThrow("1 claim codes for 2 devices");
  const one = file(JSON.stringify([{ "client-id": "sim-a" }]));
  await expect(fleetLogins({ fleetProvisioning: one }, PLAN)).rejects.toThrow("no settings with the client-id sim-b");
  await expect(fleetLogins({ fleetProvisioning: file("{}") }, PLAN)).rejects.toThrow("has no list of settings");
});

it("devices enrol with any of these settings, and are registered without them", () => {
  const ways = [{ fleetEnrolmentSecret: "s" }, { fleetClaimCodes: "c" }, { fleetProvisioning: "p" }, {}];
  expect(ways.map(enrolsItself)).toEqual([true, true, true, false]);
});
