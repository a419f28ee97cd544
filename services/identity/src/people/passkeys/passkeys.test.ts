import { randomBytes } from "node:crypto";
import { memoryBackbone } from "@fleetlog/log";
import { beforeEach, describe, expect, it } from "vitest";
import { sealerOf } from "../../installation/sealer.ts";
import { type AuthenticatorOptions, type Forged, SoftwareAuthenticator } from "../../testing/index.ts";
import { Passkeys } from "./passkeys.ts";

const ORIGIN = "https://fleet.example";
const party = { id: "fleet.example", origins: [ORIGIN] };
const elsewhere = { id: "other.example", origins: ["https://other.example"] };
const owner = (id: string) => ({ id, email: `${id}@example.org`, name: id });
const name = { subject: "p1", sealed: "v1.x" };

let now: number;
let passkeys: Passkeys;
let another: Passkeys;
let used: () => Promise<number>;
beforeEach(() => {
  now = 1_800_000_000_000;
  const { buckets } = memoryBackbone();
  const sealer = sealerOf(randomBytes(32));
  passkeys = new Passkeys(buckets, sealer, () => now);
  another = new Passkeys(buckets, sealer, () => now);
  used = async () => (await (await buckets.open("passkey-challenges", { maxBytes: 1 })).entries()).length;
});

async function add(person: string, options?: AuthenticatorOptions): Promise<SoftwareAuthenticator> {
  const device = new SoftwareAuthenticator(ORIGIN, options);
  const made = device.create(await passkeys.begin(party, owner(person)));
  await passkeys.add(person, await another.check(party, person, made, name));
  return device;
}

describe("adding a passkey", () => {
  it("asks for a passkey that the authenticator keeps, and for user verification", async () => {
    await add("p1");
    const [known] = await passkeys.of("p1");
    expect(await passkeys.begin(party, owner("p1"))).toMatchObject({
      rp: { id: "fleet.example" },
      user: { id: Buffer.from("p1").toString("base64url"), name: "p1@example.org" },
      attestation: "none",
      authenticatorSelection: { residentKey: "required", userVerification: "required" },
      pubKeyCredParams: [{ alg: -8 }, { alg: -7 }, { alg: -257 }],
      excludeCredentials: [{ id: known?.credential, transports: ["internal"] }],
    });
    expect(await passkeys.begin(elsewhere, owner("p1"))).toMatchObject({ excludeCredentials: [] });
  });

  it.each<[string, Forged]>([
    ["another origin", { origin: "https://evil.example" }],
    ["another relying party", { rpId: "evil.example" }],
    ["another challenge", { challenge: Buffer.from("x").toString("base64url") }],
    ["a sign-in", { type: "webauthn.get" }],
    ["no user verification", { userVerified: false }],
  ])("refuses %s", async (_, forged) => {
    const made = new SoftwareAuthenticator(ORIGIN).create(await passkeys.begin(party, owner("p1")), forged);
    await expect(passkeys.check(party, "p1", made, name)).rejects.toMatchObject({ code: "unauthenticated" });
    expect(await used()).toBe(0);
  });

  it("accepts a challenge once, within five minutes, for its person only", async () => {
    const device = new SoftwareAuthenticator(ORIGIN);
    const options = await passkeys.begin(party, owner("p1"));
    await expect(passkeys.check(party, "p2", device.create(options), name)).rejects.toMatchObject({
      field: "credential",
    });
    await passkeys.check(party, "p1", device.create(options), name);
    await expect(another.check(party, "p1", device.create(options), name)).rejects.toMatchObject({
      code: "unauthenticated",
    });
    const late = await passkeys.begin(party, owner("p1"));
    now += 5 * 60_000;
    await expect(passkeys.check(party, "p1", device.create(late), name)).rejects.toMatchObject({
      code: "unauthenticated",
    });
    const signIn = { ...(await passkeys.begin(party, owner("p1"))), ...(await passkeys.beginSignIn(party)) };
    await expect(passkeys.check(party, "p1", device.create(signIn), name)).rejects.toMatchObject({
      code: "unauthenticated",
    });
  });

  it("ignores the statement about the authenticator's maker", async () => {
    const options = await passkeys.begin(party, owner("p1"));
    const made = new SoftwareAuthenticator(ORIGIN).create(options, { attestation: "android-safetynet" });
    expect(await passkeys.check(party, "p1", made, name)).toMatchObject({ site: "fleet.example", counter: 0 });
  });

  it("refuses a known passkey and a 101st passkey", async () => {
    await add("p1");
    const [known] = await passkeys.of("p1");
    if (known === undefined) throw new Error("it was not added");
    await expect(passkeys.add("p1", known)).rejects.toMatchObject({ code: "conflict" });
    for (let i = 1; i < 100; i++) await passkeys.add("p1", { ...known, id: `k${i}`, credential: `c${i}` });
    await expect(passkeys.add("p1", { ...known, credential: "x" })).rejects.toMatchObject({ code: "limit-reached" });
    await expect(passkeys.begin(party, owner("p1"))).rejects.toMatchObject({ code: "limit-reached" });
  });
});

describe("signing in by a passkey", () => {
  it.each(["ES256", "EdDSA", "RS256"] as const)(
    "accepts a challenge signed with %s once, on any node",
    async (algorithm) => {
      const device = await add("p1", { algorithm });
      const options = await passkeys.beginSignIn(party);
      expect(options).toMatchObject({ rpId: "fleet.example", userVerification: "required" });
      expect(options.allowCredentials ?? []).toEqual([]);
      now += 1_000;
      const [{ id } = { id: "" }] = await passkeys.of("p1");
      expect(await another.use(party, device.get(options))).toEqual({ kind: "used", person: "p1", passkey: id });
      expect(await passkeys.use(party, device.get(options))).toBeUndefined();
      expect(await passkeys.of("p1")).toMatchObject([{ id, usedAt: now }]);
    },
  );

  it.each<[string, Forged]>([
    ["another origin", { origin: "https://evil.example" }],
    ["another relying party", { rpId: "evil.example" }],
    ["a challenge that was not made here", { challenge: Buffer.from("1.x.y").toString("base64url") }],
    ["a registration", { type: "webauthn.create" }],
    ["no user verification", { userVerified: false }],
    ["the signature of another key", { otherKey: true }],
    ["the passkey of another person", { userHandle: Buffer.from("p2").toString("base64url") }],
    ["a passkey of a person who does not exist", { userHandle: Buffer.from("../x").toString("base64url") }],
  ])("refuses %s", async (_, forged) => {
    const device = await add("p1");
    await add("p2");
    expect(await passkeys.use(party, device.get(await passkeys.beginSignIn(party), forged))).toBeUndefined();
    expect(await used()).toBe(2);
  });

  it("refuses a challenge that is five minutes old, or is for adding a passkey", async () => {
    const device = await add("p1");
    const options = await passkeys.beginSignIn(party);
    now += 5 * 60_000;
    expect(await passkeys.use(party, device.get(options))).toBeUndefined();
    const { challenge } = await passkeys.begin(party, owner("p1"));
    expect(await passkeys.use(party, device.get({ ...options, challenge }))).toBeUndefined();
  });

  it("accepts only the expected person's passkeys as a second factor", async () => {
    const device = await add("p1");
    await add("p2");
    expect(await passkeys.use(party, device.get(await passkeys.beginSignIn(party)), "p2")).toBeUndefined();
    expect(await passkeys.use(party, device.get(await passkeys.beginSignIn(party)), "p1")).toMatchObject({
      kind: "used",
    });
  });

  it("accepts only the passkeys of the site", async () => {
    const device = await add("p1");
    const options = { ...(await passkeys.beginSignIn(elsewhere)), rpId: "fleet.example" };
    const origin = "https://other.example";
    expect(await passkeys.use(elsewhere, device.get(options, { rpId: "other.example", origin }))).toBeUndefined();
  });

  it("reports a copied passkey when the counter does not go up", async () => {
    const device = await add("p1", { counts: true });
    const use = async (counter?: number) =>
      passkeys.use(party, device.get(await passkeys.beginSignIn(party), counter === undefined ? {} : { counter }));
    expect(await use()).toMatchObject({ kind: "used" });
    expect(await use(7)).toMatchObject({ kind: "used" });
    for (const counter of [7, 6, 0])
      expect(await use(counter)).toMatchObject({ kind: "copied", counter, lastCounter: 7 });
    expect(await use(8)).toMatchObject({ kind: "used" });
  });

  it("is refused once the passkey was removed or the person ended", async () => {
    const device = await add("p1");
    const second = await add("p1");
    const [first] = await passkeys.of("p1");
    const renamed = { subject: "p1", sealed: "v1.y" };
    expect(await passkeys.rename("p1", first?.id ?? "", renamed)).toMatchObject({ name: renamed });
    expect(await another.remove("p1", first?.id ?? "")).toBe(true);
    expect(await passkeys.remove("p1", first?.id ?? "")).toBe(false);
    expect(await passkeys.rename("p1", first?.id ?? "", name)).toBeUndefined();
    expect(await passkeys.use(party, device.get(await passkeys.beginSignIn(party)))).toBeUndefined();
    expect(await passkeys.use(party, second.get(await passkeys.beginSignIn(party)))).toMatchObject({ kind: "used" });
    await another.end("p1");
    expect(await passkeys.use(party, second.get(await passkeys.beginSignIn(party)))).toBeUndefined();
    expect(await passkeys.of("p1")).toEqual([]);
  });
});
