import { randomBytes, randomUUID } from "node:crypto";
import { memoryBackbone } from "@fleetlog/log";
import { describe, expect, it } from "vitest";
import { sealerOf } from "../installation/sealer.ts";
import { derivedEnrolmentKey, EnrolmentSecrets } from "./enrolment-secrets.ts";

function opened() {
  const clock = { now: 1_000 };
  const { buckets } = memoryBackbone();
  return { clock, buckets, secrets: new EnrolmentSecrets(buckets, sealerOf(randomBytes(32)), () => clock.now) };
}

describe("the secret of an enrolment group", () => {
  it("lets every device in; a key derived from the secret lets in only its own device", async () => {
    const { secrets } = opened();
    const group = randomUUID();
    const secret = await secrets.create(group);
    const key = derivedEnrolmentKey(secret, "meter-1");
    expect(await secrets.verify(secret, "meter-2")).toEqual({ group, proof: "secret" });
    expect(await secrets.verify(key, "meter-1")).toEqual({ group, proof: "derived" });
    expect(await secrets.verify(key, "meter-2")).toBeUndefined();
  });

  it("is refused with another group's id, with changed length, and without a group", async () => {
    const { secrets } = opened();
    const [a, b] = [randomUUID(), randomUUID()];
    const secret = await secrets.create(a);
    await secrets.create(b);
    const wrong = [secret.replace(a, b), secret.replace(a, randomUUID()), `${secret}x`, secret.slice(37), ""];
    for (const password of wrong) expect(await secrets.verify(password, "d")).toBeUndefined();
  });

  it("stays valid after a rotation until the given time, or ends at once", async () => {
    const { secrets, clock } = opened();
    const group = randomUUID();
    const first = await secrets.create(group);
    const second = await secrets.rotate(group, 2_000);
    const valid = async () => [await secrets.verify(first, "d"), await secrets.verify(second, "d")].map(Boolean);
    expect(await valid()).toEqual([true, true]);
    clock.now = 2_000;
    expect(await valid()).toEqual([false, true]);
    await secrets.rotate(group);
    expect(await valid()).toEqual([false, false]);
  });

  it("is stored sealed", async () => {
    const { secrets, buckets } = opened();
    const secret = await secrets.create(randomUUID());
    const bucket = await buckets.open("provisioning", { maxBytes: 1_000_000 });
    const stored = JSON.stringify(await bucket.entries(""));
    expect(stored).toContain("enrolment.");
    expect(stored).not.toContain(secret.slice(37));
  });
});
