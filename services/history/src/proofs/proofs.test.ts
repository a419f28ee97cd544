import { createHash, generateKeyPairSync } from "node:crypto";
import { describe, expect, it } from "vitest";
import { absentHash, entryHash } from "./entry-hash.ts";
import { isSignedBy, parsePublicKey, publicKeyText } from "./keys.ts";
import { faultOfMark, NO_MARK, signedMark } from "./mark.ts";
import { proofOf, rootFrom, rootOf } from "./tree.ts";

const sha256 = (...parts: (string | Uint8Array)[]) => {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part);
  return hash.digest();
};
const hashes = (count: number) => Array.from({ length: count }, (_, i) => sha256(`${i}`));

describe("the hash of an entry", () => {
  it("is the SHA-256 of the documented bytes", () => {
    const text = Buffer.concat([
      Buffer.from("000000000000000007", "hex"),
      Buffer.from("00000003", "hex"),
      Buffer.from("a.b"),
      Buffer.from("00000002", "hex"),
      Buffer.from("{}"),
    ]);
    expect(entryHash({ seq: 7, subject: "a.b", bytes: Buffer.from("{}") })).toEqual(sha256(text));
  });

  it("differs for another sequence, subject or payload, and for a sequence without an entry", () => {
    const bytes = Buffer.from("{}");
    const all = [
      entryHash({ seq: 7, subject: "a", bytes }),
      entryHash({ seq: 8, subject: "a", bytes }),
      entryHash({ seq: 7, subject: "a{", bytes: Buffer.from("}") }),
      entryHash({ seq: 7, subject: "a", bytes: Buffer.from("{ }") }),
      absentHash(7),
      absentHash(8),
    ];
    expect(new Set(all.map((one) => one.toString("hex"))).size).toBe(all.length);
  });
});

describe("a tree of hashes", () => {
  it("has the root that RFC 6962 defines", () => {
    const [a, b, c] = hashes(3) as [Buffer, Buffer, Buffer];
    expect(rootOf([a])).toEqual(a);
    expect(rootOf([a, b, c])).toEqual(sha256(Buffer.of(1), sha256(Buffer.of(1), a, b), c));
  });

  it("has a root that follows from any of its hashes and their proof, and from no other hash", () => {
    for (const count of [1, 2, 3, 7, 8, 9, 100]) {
      const all = hashes(count);
      const root = rootOf(all);
      for (const step of [1, 2, 3, 50]) {
        const indexes = all.map((_, i) => i).filter((i) => i % step === step - 1);
        const known = new Map(indexes.map((i) => [i, all[i] as Buffer]));
        const proof = proofOf(all, indexes);
        expect(rootFrom(count, known, proof)).toEqual(root);
        expect(rootFrom(count, known, [...proof, root])).toBeUndefined();
        if (proof.length > 0) expect(rootFrom(count, known, proof.slice(1))).not.toEqual(root);
        const [first] = indexes;
        if (first === undefined) continue;
        expect(rootFrom(count, new Map([...known, [first, sha256("other")]]), proof)).not.toEqual(root);
      }
    }
  });
});

describe("a mark", () => {
  const { privateKey, publicKey } = generateKeyPairSync("ed25519");
  const content = { firstSeq: 1, lastSeq: 10_000, entries: 9_999, root: "ab".repeat(32), previous: NO_MARK };
  const mark = signedMark(content, privateKey);

  it("passes the check with the key that signed it", () => {
    expect(faultOfMark(mark, publicKey)).toBeUndefined();
    const key = parsePublicKey(mark.key);
    expect(key && faultOfMark(mark, key)).toBeUndefined();
  });

  it("has the same signature on every machine with the key", () => {
    expect(signedMark(content, privateKey)).toEqual(mark);
  });

  it("is refused after any change, and for another key", () => {
    for (const change of [{ firstSeq: 2 }, { entries: 10_000 }, { root: "cd".repeat(32) }, { previous: mark.hash }]) {
      expect(faultOfMark({ ...mark, ...change }, publicKey)).toBe("its hash is not that of its content");
      const { hash } = signedMark({ ...content, ...change }, privateKey);
      expect(faultOfMark({ ...mark, ...change, hash }, publicKey)).toBe("its signature is wrong");
    }
    const other = generateKeyPairSync("ed25519");
    expect(faultOfMark(mark, other.publicKey)).toBe("another key signed it");
    expect(faultOfMark({ ...mark, key: publicKeyText(other.publicKey) }, other.publicKey)).toBe(
      "its signature is wrong",
    );
  });
});

it("public keys are read as they are written, and other texts are refused", () => {
  const { privateKey, publicKey } = generateKeyPairSync("ed25519");
  const text = publicKeyText(privateKey);
  expect(text).toBe(publicKeyText(publicKey));
  expect(parsePublicKey(text)?.equals(publicKey)).toBe(true);
  for (const other of ["", "x", `${text}=`, text.slice(1), `${text}\n`]) expect(parsePublicKey(other)).toBeUndefined();
  expect(isSignedBy(publicKey, Buffer.from("a"), "")).toBe(false);
});
