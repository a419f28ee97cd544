import { randomBytes } from "node:crypto";
import { memoryBackbone } from "@fleetlog/log";
import { slowReads } from "@fleetlog/log/contract";
import { beforeEach, describe, expect, it } from "vitest";
import { DeviceLogins } from "./directory/device-logins.ts";
import { sealerOf } from "./installation/sealer.ts";
import { EmailAddresses } from "./people/email-addresses.ts";
import { LoginNames } from "./people/login-names.ts";
import { OpenIdLinks } from "./people/open-id/links.ts";
import { ProvisionLogins } from "./provisioning/logins.ts";

const clock = () => 1_000;
const sealer = sealerOf(randomBytes(32));
const always = async () => true;
const never = async () => false;

let slow: ReturnType<typeof slowReads>;
let buckets: ReturnType<typeof memoryBackbone>["buckets"];
beforeEach(() => {
  buckets = memoryBackbone().buckets;
  slow = slowReads(buckets);
});

/** Two processes release a name. The slower one has read the entry before somebody else took the name. */
describe("what a slow process releases stays with whoever has taken it meanwhile:", () => {
  it("the log-in of a provision request", async () => {
    const login = { clientId: "mac", userName: "serial" };
    const [one, other] = [slow.buckets, buckets].map((each) => new ProvisionLogins(each, sealer, clock));
    await other?.add(login, "r1", { password: "first" }, never);
    slow.beforeNextAnswer(async () => other?.add(login, "r2", { password: "second" }, always));
    await one?.release(login, "r1");
    expect(await other?.verify(login, "second")).toBe("r2");
  });

  it.each([
    ["names", { clientId: "c", userName: "u" }],
    ["address", { dialect: "edgebind", address: "192.0.2.1" }],
  ])("the %s of a device", async (_, key) => {
    const [one, other] = [slow.buckets, buckets].map((each) => new DeviceLogins(each, clock));
    await other?.take(key, { device: "a", dialect: "edgebind" }, never);
    slow.beforeNextAnswer(async () => other?.take(key, { device: "b", dialect: "edgebind" }, always));
    await one?.release(key, "a");
    expect((await other?.find(key))?.device).toBe("b");
  });

  it("the names of a device whose registration was sent to two gateways, and failed on one", async () => {
    const key = { clientId: "c", userName: "u" };
    const [one, other] = [slow.buckets, buckets].map((each) => new DeviceLogins(each, clock));
    const first = await one?.take(key, { device: "a", dialect: "tpedm" }, never);
    await other?.take(key, { device: "a", dialect: "tpedm" }, never);
    if (first === undefined || !("revision" in first)) throw new Error("not taken");
    await one?.release(key, "a", first.revision);
    expect((await other?.find(key))?.device).toBe("a");
  });

  it("a person's address and user name", async () => {
    const hash = (login: string) => Buffer.from(login).toString("base64url");
    const statusOf = async () => "ended" as const;
    const of = (each: typeof buckets) => {
      const bucket = () => each.open("people", { maxBytes: 1_000_000 });
      return [new EmailAddresses({ bucket, hash }), new LoginNames({ bucket, hash, statusOf, clock })] as const;
    };
    const [[emails, names], [otherEmails, otherNames]] = [of(slow.buckets), of(buckets)];
    const [address, name] = [emails.hashOf("ada@example.org"), names.hashOf("ada")];
    await otherEmails.take("ada", address);
    slow.beforeNextAnswer(async () => {
      await otherEmails.free("ada", address);
      await otherEmails.take("eve", address);
    });
    await emails.free("ada", address);
    expect(await otherEmails.find(address)).toBe("eve");
    await otherNames.take("ada", name);
    slow.beforeNextAnswer(() => otherNames.take("eve", name));
    await names.free("ada", name);
    expect(await otherNames.find(name)).toBe("eve");
  });

  it("an identity of an OpenID provider", async () => {
    const [one, other] = [slow.buckets, buckets].map((each) => new OpenIdLinks(each));
    await other?.bind("identity.a", "ada", "l1");
    let reads = 0;
    const rebindAfterSecondRead = () => {
      // The first read is that of the entry in which `bind` has noted the link.
      if (reads++ === 0) slow.beforeNextAnswer(rebindAfterSecondRead);
      else return other?.rebind("identity.a", { person: "ada", link: "l1" }, "eve", "l2") ?? never();
      return never();
    };
    slow.beforeNextAnswer(rebindAfterSecondRead);
    await one?.unbind("ada", "l1");
    expect(await other?.find("identity.a")).toEqual({ person: "eve", link: "l2" });
  });
});
