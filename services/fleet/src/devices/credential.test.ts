import { beforeEach, describe, expect, it } from "vitest";
import { createAccount } from "../accounts/change.ts";
import { personCaller } from "../caller.ts";
import { person, testCaller } from "../testing/callers.ts";
import { type TestFleet, testFleet } from "../testing/test-fleet.ts";
import { moveDevice } from "./move.ts";
import { registerDevice } from "./register.ts";
import { retireDevice } from "./retire.ts";

const caller = testCaller("ann", "c1");
const admin = personCaller(person("root", "admin"), "c0");
let fleet: TestFleet;
beforeEach(async () => {
  fleet = await testFleet();
  for (const id of ["north", "south"]) await createAccount(fleet, admin, { id, name: id });
});

const move = (to: string) => moveDevice(fleet, admin, "d1", { to, history: "stays" });
const code = (code: string) => expect.objectContaining({ code });

/** Makes another gateway call `act` just before this gateway, which was paused, writes the credential next. */
function meanwhile(write: "issueSince" | "issueLogin" | "move", act: () => Promise<unknown>): void {
  const { credentials } = fleet;
  const original = credentials[write] as (...given: unknown[]) => Promise<unknown>;
  Object.assign(credentials, {
    async [write](...given: unknown[]) {
      Object.assign(credentials, { [write]: original });
      await act();
      return original(...given);
    },
  });
}

describe("the credential of a device", () => {
  it("is in the account to which the device was moved before it had the credential", async () => {
    meanwhile("issueSince", () => move("north"));
    const { token } = await registerDevice(fleet, caller, { id: "d1" });
    expect(await fleet.credentials.verify("d1", token)).toMatchObject({ account: "north" });
  });

  it("is in the account of the last move, although an earlier move ends later", async () => {
    const { token } = await registerDevice(fleet, caller, { id: "d1" });
    meanwhile("move", () => move("south"));
    await move("north");
    expect(await fleet.credentials.verify("d1", token)).toMatchObject({ account: "south" });
  });

  it.each([
    ["token", "issueSince", {}],
    ["log-in", "issueLogin", { dialect: "tpedm", login: { clientId: "d1", userName: "u", password: "long enough" } }],
  ] as const)("is not replaced by the %s of an earlier registration", async (_, write, request) => {
    let token = "";
    meanwhile(write, async () => {
      await retireDevice(fleet, caller, "d1");
      ({ token } = await registerDevice(fleet, caller, { id: "d1" }));
    });
    await expect(registerDevice(fleet, caller, { id: "d1", ...request })).rejects.toEqual(code("conflict"));
    expect(await fleet.credentials.verify("d1", token)).toBeDefined();
  });

  it("is not valid if the device was retired before it had the credential", async () => {
    meanwhile("issueSince", () => retireDevice(fleet, caller, "d1"));
    await expect(registerDevice(fleet, caller, { id: "d1" })).rejects.toEqual(code("conflict"));
    expect(await fleet.credentials.statusOf("d1")).toBe("revoked");
  });

  it("is not valid if a retirement that began before the registration is recorded after it", async () => {
    await registerDevice(fleet, caller, { id: "d1" });
    const { revoke } = fleet.credentials;
    let registered: ReturnType<typeof registerDevice> | undefined;
    const slow = Promise.withResolvers<void>();
    meanwhile("issueSince", () => slow.promise);
    Object.assign(fleet.credentials, {
      async revoke(device: string) {
        fleet.credentials.revoke = revoke;
        const revoked = await revoke(device);
        // Another call completes the retirement, and then the device is registered again.
        await retireDevice(fleet, caller, "d1");
        registered = registerDevice(fleet, caller, { id: "d1" });
        await expect.poll(async () => (await fleet.events("DeviceRegistered")).length).toBe(2);
        return revoked;
      },
    });
    await retireDevice(fleet, caller, "d1");
    slow.resolve();
    await expect(registered).rejects.toMatchObject({ code: "conflict", message: "device d1 was retired meanwhile" });
    expect(await fleet.credentials.statusOf("d1")).toBe("revoked");
  });

  it("is that of the next registration, even if the earlier registration finds later that its device was retired", async () => {
    const { issueSince, revoke } = fleet.credentials;
    let again: ReturnType<typeof registerDevice> | undefined;
    const register = () => registerDevice(fleet, caller, { id: "d1" });
    Object.assign(fleet.credentials, {
      async issueSince(...given: Parameters<typeof issueSince>) {
        fleet.credentials.issueSince = issueSince;
        const isStored = await issueSince(...given);
        await retireDevice(fleet, caller, "d1");
        Object.assign(fleet.credentials, {
          async revoke(device: string, since: number) {
            fleet.credentials.revoke = revoke;
            const revoked = Promise.withResolvers<void>();
            meanwhile("issueSince", () => revoked.promise);
            again = register();
            await expect.poll(async () => (await fleet.events("DeviceRegistered")).length).toBe(2);
            await revoke(device, since);
            revoked.resolve();
            return [];
          },
        });
        return isStored;
      },
    });
    await expect(register()).rejects.toEqual(code("conflict"));
    fleet.credentials.revoke = revoke;
    const { token } = await (again ?? register());
    expect(await fleet.credentials.verify("d1", token)).toBeDefined();
  });
});
