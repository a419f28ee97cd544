import { randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import { sealerOf } from "./sealer.ts";

const key = randomBytes(32);
const sealer = sealerOf(key);
const place = { purpose: "totp", record: "person-1" };

describe("sealerOf", () => {
  it.each(["secret", "", "ü😀", "x".repeat(100_000)])("opens what it sealed (%#)", (text) => {
    const sealed = sealer.seal(place, text);
    expect(sealed).toMatch(/^v1\.[A-Za-z0-9_-]+$/);
    expect(sealerOf(key).open(place, sealed)).toBe(text);
  });

  it("seals the same text differently each time, and hides it", () => {
    const all = Array.from({ length: 20 }, () => sealer.seal(place, "secret"));
    expect(new Set(all).size).toBe(20);
    for (const sealed of all)
      expect(Buffer.from(sealed.slice(3), "base64url").toString("latin1")).not.toContain("secret");
  });

  it("opens a text only with its own place and key", () => {
    const sealed = sealer.seal(place, "secret");
    const cannot = /totp person-1 can't be opened|can't be opened/;
    expect(() => sealer.open({ ...place, record: "person-2" }, sealed)).toThrow(cannot);
    expect(() => sealer.open({ ...place, purpose: "subject-key" }, sealed)).toThrow(cannot);
    expect(() => sealerOf(randomBytes(32)).open(place, sealed)).toThrow(cannot);
  });

  it("opens no text that was altered, shortened or given another version", () => {
    const sealed = sealer.seal(place, "secret");
    const bytes = Buffer.from(sealed.slice(3), "base64url");
    for (const index of bytes.keys()) {
      const altered = Buffer.from(bytes);
      altered.writeUInt8(bytes.readUInt8(index) ^ 1, index);
      expect(() => sealer.open(place, `v1.${altered.toString("base64url")}`), String(index)).toThrow("can't be opened");
    }
    for (const length of [0, 11, 27, bytes.length - 1])
      expect(() => sealer.open(place, `v1.${bytes.subarray(0, length).toString("base64url")}`)).toThrow("can't be");
    for (const other of [`v2.${sealed.slice(3)}`, sealed.slice(3), ""])
      expect(() => sealer.open(place, other)).toThrow("can't be opened");
  });

  it("keeps the sealed text out of errors", () => {
    const sealed = sealer.seal(place, "secret");
    const error = (() => {
      try {
        return sealer.open({ ...place, record: "other" }, sealed);
      } catch (thrown) {
        return thrown;
      }
    })();
    expect(error).toMatchObject({ code: "internal" });
    expect(`${error}${JSON.stringify(error)}`).not.toContain(sealed);
  });

  it("makes the same hash on every node, and different hashes for different texts, purposes and keys", () => {
    const hash = sealer.hash("email", "a@example.org");
    expect(hash).toMatch(/^[A-Za-z0-9_-]{43}$/);
    expect(sealerOf(key).hash("email", "a@example.org")).toBe(hash);
    const others = [
      sealer.hash("email", "b@example.org"),
      sealer.hash("name", "a@example.org"),
      sealerOf(randomBytes(32)).hash("email", "a@example.org"),
    ];
    expect(new Set([hash, ...others]).size).toBe(4);
  });

  it("shows its key neither in its id nor when it is printed", () => {
    const shown = sealer.keyId + JSON.stringify(sealer) + String(sealer);
    expect(shown).not.toContain(key.toString("base64url"));
    expect(sealer.keyId).toBe(sealerOf(key).keyId);
    expect(sealer.keyId).not.toBe(sealerOf(randomBytes(32)).keyId);
  });
});
