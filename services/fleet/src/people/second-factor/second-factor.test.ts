import { createHmac } from "node:crypto";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { personCaller } from "../../caller.ts";
import { person } from "../../testing/callers.ts";
import { type TestFleet, testFleet } from "../../testing/test-fleet.ts";
import { endPerson, invitePerson, removeSecondFactor } from "../people.ts";
import {
  confirmSecondFactor,
  enrolSecondFactor,
  ownSecondFactor,
  passSecondFactor,
  renewRecoveryCodes,
  turnOffSecondFactor,
  turnOnSecondFactorByPasskey,
} from "./second-factor.ts";

const PASSWORD = "correct horse";
const owner = personCaller({ ...person("olga", "owner"), account: "main", scope: { accounts: ["main"] } }, "c-1");
const foreign = personCaller({ ...person("nora", "owner"), account: "north", scope: { accounts: ["north"] } }, "c-2");

let fleet: TestFleet;
let id: string;
beforeEach(async () => {
  fleet = await testFleet();
  ({ person: id } = await invitePerson(fleet, owner, { email: "ada@example.org", role: "operator" }));
  await fleet.people.setPassword(id, await fleet.people.hashPassword(id, PASSWORD));
});

const pass = (otp?: string) =>
  passSecondFactor(fleet, { person: id, epoch: 1 }, { otp, network: "192.0.2.1", correlationid: "c" });

/** The code that an authenticator app shows now (RFC 6238). */
function codeOf(uri: string): string {
  const letters = [...(new URL(uri).searchParams.get("secret") ?? "")];
  const bits = letters
    .map((one) => "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".indexOf(one).toString(2).padStart(5, "0"))
    .join("");
  const key = Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000)));
  const mac = createHmac("sha1", key).update(counter).digest();
  const code = mac.readUInt32BE((mac[19] ?? 0) & 0xf) & 0x7fffffff;
  return String(code % 1_000_000).padStart(6, "0");
}

async function turnOn(): Promise<readonly string[]> {
  const own = personCaller(person(id), "c-3");
  await expect(enrolSecondFactor(fleet, own, "wrong")).rejects.toMatchObject({ field: "password" });
  const { uri } = await enrolSecondFactor(fleet, own, PASSWORD);
  expect(uri).toContain("ada%40example.org");
  await expect(confirmSecondFactor(fleet, own, "x")).rejects.toMatchObject({ field: "code" });
  return confirmSecondFactor(fleet, own, codeOf(uri));
}

it("the second factor is needed once it is on, and each used recovery code is recorded", async () => {
  await pass();
  const [first = ""] = await turnOn();
  for (const none of [undefined, " "])
    await expect(pass(none)).rejects.toMatchObject({ code: "second-factor-required" });
  await expect(pass("nonsense")).rejects.toMatchObject({ code: "unauthenticated", field: "otp" });
  await pass(first);
  await expect(pass(first)).rejects.toMatchObject({ code: "unauthenticated" });
  const types = (await fleet.events()).map(({ type }) => type);
  expect(types.slice(-2)).toEqual(["PersonSecondFactorTurnedOn", "PersonRecoveryCodeUsed"]);
  expect(JSON.stringify(await fleet.events())).not.toContain(first);
});

it("the second factor is turned off by owners of the account, and when the person is ended", async () => {
  await turnOn();
  await expect(removeSecondFactor(fleet, foreign, id)).rejects.toMatchObject({ code: "person-unknown" });
  await removeSecondFactor(fleet, owner, id);
  await removeSecondFactor(fleet, owner, id);
  await pass();
  expect((await fleet.events("PersonSecondFactorTurnedOff")).map(({ data }) => data)).toMatchObject([{ by: "olga" }]);
  await turnOn();
  await endPerson(fleet, owner, id);
  expect(await fleet.secondFactors.status(id)).toEqual({ on: false, recoveryCodes: 0 });
});

it.each([
  ["the person", () => turnOffSecondFactor(fleet, personCaller(person(id), "c-3"), PASSWORD)],
  ["an administrator", () => removeSecondFactor(fleet, owner, id)],
])("the second factor stays on while the log is away, so that %s can repeat the call", async (_, turnOff) => {
  await turnOn();
  const away = vi.spyOn(fleet.log, "append").mockRejectedValueOnce(new Error("away"));
  await expect(turnOff()).rejects.toThrow("away");
  away.mockRestore();
  expect(await fleet.secondFactors.status(id)).toMatchObject({ on: true });
  await turnOff();
  expect(await fleet.secondFactors.status(id)).toMatchObject({ on: false });
  expect(await fleet.events("PersonSecondFactorTurnedOff")).toHaveLength(1);
});

it("a recovery code is not lost if its use is interrupted, and is used and recorded once", async () => {
  const [code = "", second = "", third = ""] = await turnOn();
  // The log is away.
  vi.spyOn(fleet.log, "append").mockRejectedValueOnce(new Error("away"));
  await expect(pass(code)).rejects.toThrow("away");
  expect(await fleet.secondFactors.status(id)).toMatchObject({ recoveryCodes: 10 });
  // The log has stored the event, and does not answer.
  const append = fleet.log.append.bind(fleet.log);
  vi.spyOn(fleet.log, "append").mockImplementationOnce(async (...given) => {
    await append(...given);
    throw new Error("unanswered");
  });
  await expect(pass(code)).rejects.toThrow("unanswered");
  // The process ends between the event and the end of the code.
  vi.spyOn(fleet.secondFactors, "use").mockRejectedValueOnce(new Error("crashed"));
  await expect(pass(second)).rejects.toThrow("crashed");
  for (const each of [code, second]) {
    await pass(each);
    await expect(pass(each)).rejects.toMatchObject({ code: "unauthenticated" });
  }
  expect((await fleet.events("PersonRecoveryCodeUsed")).map(({ data }) => data)).toMatchObject([
    { left: 9 },
    { left: 9 },
  ]);
  const both = await Promise.allSettled([pass(third), pass(third)]);
  expect(both.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
  expect(await fleet.events("PersonRecoveryCodeUsed")).toHaveLength(3);
  expect(await fleet.secondFactors.status(id)).toMatchObject({ recoveryCodes: 7 });
});

describe("a second factor whose entry the store has lost", () => {
  const own = () => personCaller(person(id), "c-3");
  const lose = () => fleet.secondFactors.off(id);

  it("is still needed, shown as on, and accepts no code", async () => {
    const [recoveryCode = ""] = await turnOn();
    await lose();
    await expect(pass()).rejects.toMatchObject({ code: "second-factor-required" });
    for (const code of ["000000", recoveryCode])
      await expect(pass(code)).rejects.toMatchObject({
        code: "unauthenticated",
        field: "otp",
        message: "no code is right, because the store has lost your second factor",
      });
    expect(await ownSecondFactor(fleet, own())).toEqual({ on: true, recoveryCodes: 0 });
  });

  it.each([
    ["an enrolment", () => enrolSecondFactor(fleet, own(), PASSWORD)],
    ["new recovery codes", () => renewRecoveryCodes(fleet, own(), PASSWORD)],
    [
      "passkeys",
      () =>
        turnOnSecondFactorByPasskey(fleet, own(), PASSWORD, () => ({ id: "localhost", origins: ["http://localhost"] })),
    ],
  ])("is not turned off by %s", async (_, call) => {
    await turnOn();
    await lose();
    await expect(call()).rejects.toMatchObject({ code: "conflict", advice: "Turn it off first." });
    await expect(pass()).rejects.toMatchObject({ code: "second-factor-required" });
  });

  it.each([
    ["the person", () => turnOffSecondFactor(fleet, own(), PASSWORD)],
    ["an owner of the account", () => removeSecondFactor(fleet, owner, id)],
  ])("is turned off by %s, and can then be turned on again", async (_, turnOff) => {
    await turnOn();
    await lose();
    await turnOff();
    await turnOff();
    await pass();
    expect(await fleet.events("PersonSecondFactorTurnedOff")).toHaveLength(1);
    expect(await turnOn()).toHaveLength(10);
  });
});
