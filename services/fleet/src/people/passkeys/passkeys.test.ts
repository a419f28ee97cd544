import { FleetError } from "@fleetlog/domain";
import { SoftwareAuthenticator } from "@fleetlog/identity/testing";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { personCaller } from "../../caller.ts";
import { person } from "../../testing/callers.ts";
import { type TestFleet, testFleet } from "../../testing/test-fleet.ts";
import { addPasskey, beginPasskey, listPasskeys, removePasskey, renamePasskey } from "../own-passkeys.ts";
import { endPerson, invitePerson } from "../people.ts";
import { passSecondFactor, turnOffSecondFactor, turnOnSecondFactorByPasskey } from "../second-factor/second-factor.ts";
import { signInByPasskey } from "./use.ts";

const PASSWORD = "correct horse";
const ORIGIN = "http://localhost:8080";
const party = () => ({ id: "localhost", origins: [ORIGIN] });
const owner = personCaller({ ...person("olga", "owner"), account: "main", scope: { accounts: ["main"] } }, "c-1");
const proof = { password: PASSWORD, network: "192.0.2.1" };
const origin = { correlationid: "c" };

let fleet: TestFleet;
let id: string;
let own: ReturnType<typeof personCaller>;
let device: SoftwareAuthenticator;
beforeEach(async () => {
  fleet = await testFleet();
  ({ person: id } = await invitePerson(fleet, owner, { email: "ada@example.org", role: "operator" }));
  await fleet.people.setPassword(id, await fleet.people.hashPassword(id, PASSWORD));
  own = personCaller(person(id), "c-3");
  device = new SoftwareAuthenticator(ORIGIN, { counts: true });
});

const add = async (name = "Ada's phone") =>
  addPasskey(fleet, own, { name, credential: device.create(await beginPasskey(fleet, own, proof, party)) }, party);
const answer = async (forged = {}) => ({
  party,
  assertion: device.get(await fleet.passkeys.beginSignIn(party()), forged),
});
const signIn = async (forged = {}) => signInByPasskey(fleet, await answer(forged), origin);
const pass = async (passkey?: Awaited<ReturnType<typeof answer>>, otp?: string) =>
  passSecondFactor(fleet, { person: id, epoch: 1 }, { otp, passkey, network: "192.0.2.1", correlationid: "c" });
const typesAfter = async (count: number) => (await fleet.events()).slice(count).map(({ type }) => type);

describe("a passkey", () => {
  it("is added after a proof, and its name is sealed in the log", async () => {
    await expect(beginPasskey(fleet, own, { ...proof, password: "wrong" }, party)).rejects.toMatchObject({
      field: "password",
    });
    for (const missing of [{}, { otp: "ABCDEFGHJK" }]) {
      await expect(beginPasskey(fleet, own, { ...missing, network: "192.0.2.1" }, party)).rejects.toMatchObject({
        code: "unauthenticated",
      });
    }
    const added = await add();
    expect(added).toMatchObject({ name: "Ada's phone", site: "localhost" });
    expect(await listPasskeys(fleet, own)).toEqual([added]);
    expect((await fleet.events("PersonPasskeyAdded")).map(({ data }) => data)).toMatchObject([
      { person: id, by: id, passkey: added.id, site: "localhost", name: { subject: id } },
    ]);
    expect(JSON.stringify(await fleet.events())).not.toContain("Ada's phone");
  });

  it("is refused with another origin, and for a caller who is no person", async () => {
    const options = await beginPasskey(fleet, own, proof, party);
    const forged = { name: "x", credential: device.create(options, { origin: "http://localhost:9090" }) };
    await expect(addPasskey(fleet, own, forged, party)).rejects.toMatchObject({ field: "credential" });
    const key = personCaller(person("key-1"), "c-4");
    await expect(beginPasskey(fleet, key, proof, party)).rejects.toMatchObject({ code: "person-unknown" });
    expect(await fleet.events("PersonPasskeyAdded")).toEqual([]);
  });

  it("signs its person in, and is listed with its last use", async () => {
    await add();
    const before = (await fleet.events()).length;
    expect(await signIn()).toMatchObject({ person: id });
    expect((await listPasskeys(fleet, own))[0]?.usedAt).toBeGreaterThan(0);
    await expect(signIn({ otherKey: true })).rejects.toMatchObject({ code: "unauthenticated", field: "passkey" });
    expect(await typesAfter(before)).toEqual([]);
  });

  it("is refused like an unknown passkey, and recorded once, when its counter does not go up", async () => {
    await add();
    await signIn({ counter: 9 });
    const unknown = { otherKey: true, userHandle: "bm9ib2R5" };
    const refused = await signIn(unknown).catch((error: unknown) => error);
    for (let i = 0; i < 2; i++) expect(await signIn({ counter: 9 }).catch((error: unknown) => error)).toEqual(refused);
    expect((await fleet.events("PersonPasskeyRefused")).map(({ data }) => data)).toMatchObject([
      { person: id, counter: 9, lastCounter: 9 },
    ]);
  });

  it("is renamed with one event", async () => {
    const { id: passkey } = await add();
    for (let i = 0; i < 2; i++) {
      expect(await renamePasskey(fleet, own, passkey, "Old phone")).toMatchObject({ id: passkey, name: "Old phone" });
    }
    expect(await fleet.events("PersonPasskeyRenamed")).toHaveLength(1);
    await expect(renamePasskey(fleet, own, "x", "y")).rejects.toMatchObject({ code: "passkey-unknown" });
  });

  it("is removed together with all sign-ins of the person", async () => {
    const { id: passkey } = await add();
    const begun = await signIn();
    await expect(removePasskey(fleet, own, passkey, { ...proof, password: "x" }, party)).rejects.toMatchObject({
      code: "unauthenticated",
    });
    await expect(removePasskey(fleet, own, "x", proof, party)).rejects.toMatchObject({ code: "passkey-unknown" });
    const next = await removePasskey(fleet, own, passkey, proof, party);
    expect(await fleet.people.verify(begun)).toBeUndefined();
    expect(await fleet.people.verify(next)).toMatchObject({ id });
    await expect(signIn()).rejects.toMatchObject({ code: "unauthenticated" });
    expect(await fleet.events("PersonPasskeyRemoved")).toHaveLength(1);
  });

  it("is removed completely when an interrupted removal is repeated", async () => {
    const { id: passkey } = await add();
    const begun = await signIn();
    vi.spyOn(fleet.people, "endSignIns").mockRejectedValueOnce(new Error("interrupted"));
    await expect(removePasskey(fleet, own, passkey, proof, party)).rejects.toThrow("interrupted");
    expect(await fleet.passkeys.of(id)).toEqual([]);
    const next = await removePasskey(fleet, own, passkey, proof, party);
    expect(await fleet.people.verify(begun)).toBeUndefined();
    expect(await fleet.people.verify(next)).toMatchObject({ id });
    await expect(removePasskey(fleet, own, passkey, proof, party)).rejects.toMatchObject({ code: "passkey-unknown" });
    expect(await fleet.events("PersonPasskeyRemoved")).toHaveLength(1);
  });

  it("stays removed when the log repeats its addition", async () => {
    const { id: passkey } = await add();
    await removePasskey(fleet, own, passkey, proof, party);
    for (const event of await fleet.events("PersonPasskeyAdded")) fleet.backbone.repeat(event);
    await expect(removePasskey(fleet, own, passkey, proof, party)).rejects.toMatchObject({ code: "passkey-unknown" });
  });

  it("uses up no recovery code in a call that fails for another reason", async () => {
    const { id: passkey } = await add();
    const [code = ""] = await turnOnSecondFactorByPasskey(fleet, own, PASSWORD, party);
    const once = { otp: code, network: "192.0.2.1" };
    await expect(removePasskey(fleet, own, "x", once, party)).rejects.toMatchObject({ code: "passkey-unknown" });
    await expect(removePasskey(fleet, own, passkey, once, party)).rejects.toMatchObject({ code: "conflict" });
    const nowhere = () => {
      throw new Error("no site");
    };
    await expect(beginPasskey(fleet, own, once, nowhere)).rejects.toThrow("no site");
    vi.spyOn(fleet.passkeys, "checkNumber").mockRejectedValueOnce(new Error("too many"));
    await expect(beginPasskey(fleet, own, once, party)).rejects.toThrow("too many");
    await beginPasskey(fleet, own, once, party);
  });

  it("gives no valid sign-in if it is removed at the same moment", async () => {
    const { id: passkey } = await add();
    const use = fleet.passkeys.use.bind(fleet.passkeys);
    vi.spyOn(fleet.passkeys, "use").mockImplementation(async (...given) => {
      const used = await use(...given);
      await removePasskey(fleet, own, passkey, proof, party);
      return used;
    });
    expect(await fleet.people.verify(await signIn())).toBeUndefined();
  });

  it("is not stored when its person ends at the same moment", async () => {
    const store = fleet.passkeys.add.bind(fleet.passkeys);
    vi.spyOn(fleet.passkeys, "add").mockImplementationOnce(async (...given) => {
      await endPerson(fleet, owner, id);
      return store(...given);
    });
    await expect(add()).rejects.toMatchObject({ code: "person-ended" });
    expect(await fleet.passkeys.of(id)).toEqual([]);
    await expect(signIn()).rejects.toMatchObject({ code: "unauthenticated" });
  });

  it("ends with its person", async () => {
    await add();
    await endPerson(fleet, owner, id);
    await expect(signIn()).rejects.toMatchObject({ code: "unauthenticated", field: "passkey" });
    expect(await fleet.passkeys.of(id)).toEqual([]);
  });
});

describe("a passkey as second factor", () => {
  it("needs no authenticator app, and can't be removed while it is the only one", async () => {
    await expect(turnOnSecondFactorByPasskey(fleet, own, PASSWORD, party)).rejects.toMatchObject({ code: "conflict" });
    const { id: passkey } = await add();
    await pass();
    const [code = ""] = await turnOnSecondFactorByPasskey(fleet, own, PASSWORD, party);
    expect(await fleet.secondFactors.status(id)).toEqual({ on: true, recoveryCodes: 10, passkeysOnly: true });
    await expect(turnOnSecondFactorByPasskey(fleet, own, PASSWORD, party)).rejects.toMatchObject({ code: "conflict" });
    await expect(pass()).rejects.toMatchObject({ code: "second-factor-required" });
    await pass(await answer());
    await expect(pass(await answer({ otherKey: true }))).rejects.toMatchObject({ code: "unauthenticated" });
    await expect(pass(undefined, "000000")).rejects.toMatchObject({ code: "unauthenticated" });
    await pass(undefined, code);
    await expect(removePasskey(fleet, own, passkey, proof, party)).rejects.toMatchObject({ code: "conflict" });
    await turnOffSecondFactor(fleet, own, PASSWORD);
    await removePasskey(fleet, own, passkey, proof, party);
    await pass();
  });

  it("counts only at the address that it was added for", async () => {
    const { id: here } = await add();
    const otherOrigin = "https://fleet.example";
    const otherParty = () => ({ id: "fleet.example", origins: [otherOrigin] });
    await expect(turnOnSecondFactorByPasskey(fleet, own, PASSWORD, otherParty)).rejects.toMatchObject({
      code: "conflict",
    });
    expect(await fleet.secondFactors.status(id)).toMatchObject({ on: false });
    const credential = new SoftwareAuthenticator(otherOrigin).create(await beginPasskey(fleet, own, proof, otherParty));
    const { id: other } = await addPasskey(fleet, own, { name: "Key", credential }, otherParty);
    await turnOnSecondFactorByPasskey(fleet, own, PASSWORD, party);
    const nowhere = () => {
      throw new FleetError("passkeys-unavailable", "no passkeys at this address");
    };
    for (const asked of [party, nowhere]) {
      await expect(removePasskey(fleet, own, here, proof, asked)).rejects.toMatchObject({ code: "conflict" });
    }
    await removePasskey(fleet, own, other, proof, party);
    expect(await fleet.passkeys.of(id)).toMatchObject([{ id: here }]);
    await pass(await answer());
  });

  it("stays if it is the last one, even when all are removed at the same moment", async () => {
    const all = [await add("Phone")];
    device = new SoftwareAuthenticator(ORIGIN);
    all.push(await add("Key"));
    await turnOnSecondFactorByPasskey(fleet, own, PASSWORD, party);
    const removed = await Promise.allSettled(all.map((one) => removePasskey(fleet, own, one.id, proof, party)));
    expect(removed.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
    expect(await fleet.passkeys.of(id)).toHaveLength(1);
  });

  it("stays when it becomes the second factor while it is being removed", async () => {
    const { id: passkey } = await add();
    const remove = fleet.passkeys.remove.bind(fleet.passkeys);
    vi.spyOn(fleet.passkeys, "remove").mockImplementationOnce(async (person, one, check) => {
      let turned = false;
      return remove(person, one, async (...given) => {
        await check?.(...given);
        if (!turned) await turnOnSecondFactorByPasskey(fleet, own, PASSWORD, party);
        turned = true;
      });
    });
    await expect(removePasskey(fleet, own, passkey, proof, party)).rejects.toMatchObject({ code: "conflict" });
    await pass(await answer());
  });

  it("does not become the second factor if it is removed meanwhile", async () => {
    const { id: passkey } = await add();
    const mark = fleet.passkeys.markAsSecondFactor.bind(fleet.passkeys);
    vi.spyOn(fleet.passkeys, "markAsSecondFactor").mockImplementationOnce(async (...given) => {
      const marked = await mark(...given);
      await removePasskey(fleet, own, passkey, proof, party);
      return marked;
    });
    await expect(turnOnSecondFactorByPasskey(fleet, own, PASSWORD, party)).rejects.toMatchObject({ code: "conflict" });
    await pass();
    expect((await fleet.events()).slice(-3).map(({ type }) => type)).toEqual([
      "PersonPasskeyRemoved",
      "PersonSecondFactorTurnedOn",
      "PersonSecondFactorTurnedOff",
    ]);
  });

  it("is refused if it belongs to another person", async () => {
    await add();
    await turnOnSecondFactorByPasskey(fleet, own, PASSWORD, party);
    const { person: other } = await invitePerson(fleet, owner, { email: "eve@example.org", role: "operator" });
    await fleet.people.setPassword(other, await fleet.people.hashPassword(other, PASSWORD));
    own = personCaller(person(other), "c-5");
    await add("Eve's phone");
    await expect(pass(await answer())).rejects.toMatchObject({ code: "unauthenticated", field: "passkey" });
  });

  it("allows a recovery code as proof for another passkey", async () => {
    await add();
    const [code = ""] = await turnOnSecondFactorByPasskey(fleet, own, PASSWORD, party);
    await beginPasskey(fleet, own, { otp: code, network: "192.0.2.1" }, party);
    expect(await fleet.events("PersonRecoveryCodeUsed")).toHaveLength(1);
  });
});
