import { FleetError } from "@fleetlog/domain";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { personCaller } from "../caller.ts";
import { changeDevice } from "../devices/change.ts";
import { registerDevice } from "../devices/register.ts";
import { person, testCaller } from "../testing/callers.ts";
import { type TestFleet, testFleet } from "../testing/test-fleet.ts";
import { issueCertificate, revokeCertificate } from "./issue.ts";

const caller = testCaller("ann", "c1");
let fleet: TestFleet;
let serial: string;
beforeEach(async () => {
  fleet = await testFleet();
  await registerDevice(fleet, caller, { id: "d1" });
  ({ serial } = (await issueCertificate(fleet, caller, "d1", { make: "P-256" })).issued);
});

const types = async () => (await fleet.events()).map(({ type }) => type);

describe("revoking a certificate", () => {
  it("ends the certificate, puts it on the revocation list, and records that once", async () => {
    await revokeCertificate(fleet, caller, "d1", serial.toUpperCase());
    expect(await fleet.credentials.certificates("d1")).toEqual([]);
    await expect(revokeCertificate(fleet, caller, "d1", serial)).rejects.toMatchObject({ code: "certificate-unknown" });
    expect((await types()).filter((type) => type === "DeviceCertificateRevoked")).toHaveLength(1);
  });

  it("ends the certificate even if the log refuses the event; a repeated call records the event", async () => {
    vi.spyOn(fleet.log, "append").mockRejectedValueOnce(new FleetError("log-full", "the log is full"));
    await expect(revokeCertificate(fleet, caller, "d1", serial)).rejects.toMatchObject({
      code: "log-full",
      message: expect.stringContaining("is not accepted any more"),
    });
    expect(await fleet.credentials.certificates("d1")).toEqual([]);
    await revokeCertificate(fleet, caller, "d1", serial);
    expect((await types()).at(-1)).toBe("DeviceCertificateRevoked");
  });

  it("is refused for a serial that was never issued to the device", async () => {
    await registerDevice(fleet, caller, { id: "d2" });
    const other = revokeCertificate(fleet, caller, "d2", serial);
    await expect(other).rejects.toMatchObject({ code: "certificate-unknown", field: "serial" });
    expect(await fleet.credentials.certificates("d1")).toHaveLength(1);
  });

  it("is refused before anything ends if the device has just left the caller's tags", async () => {
    await changeDevice(fleet, caller, "d1", { tags: ["roof"] });
    const { last } = fleet.log;
    vi.spyOn(fleet.log, "last").mockImplementation(async (...asked) => {
      const newest = await last.apply(fleet.log, asked);
      await changeDevice(fleet, caller, "d1", { tags: ["cellar"] });
      return newest;
    });
    const limited = personCaller({ ...person("lee"), scope: { tags: ["roof"] } }, "c2");
    await expect(revokeCertificate(fleet, limited, "d1", serial)).rejects.toMatchObject({ code: "device-unknown" });
    expect(await fleet.credentials.certificates("d1")).toHaveLength(1);
  });
});
