import { generateKeyPairSync, sign } from "node:crypto";
import { describe, expect, it } from "vitest";
import { NoAnswer } from "../../outgoing/http.ts";
import { packagesIn } from "./fleetlog.ts";

const NOW = Date.parse("2026-01-02T03:04:05.000Z");
const { publicKey, privateKey } = generateKeyPairSync("ed25519");
const signedBy = publicKey.export({ type: "spki", format: "pem" }).toString();
const firmware = { name: "firmware", category: "firmware", version: "1.5", models: ["P-*"] };
const list = (packages: readonly object[] = [firmware], more: object = {}) => ({
  ...{ format: "fleetlog-catalogue", packages },
  ...more,
});

function signed(payload: unknown, header: object = { alg: "EdDSA" }): Record<string, string> {
  const [first, second] = [header, payload].map((part) => Buffer.from(JSON.stringify(part)).toString("base64url"));
  const signature = sign(null, Buffer.from(`${first}.${second}`), privateKey).toString("base64url");
  return { protected: first ?? "", payload: second ?? "", signature };
}
const read = (body: unknown) => packagesIn(JSON.stringify(body), signedBy, NOW);

describe("a catalogue in Fleetlog's form", () => {
  it("has packages for models, with the firmware that a package needs", () => {
    const viewer = {
      ...firmware,
      name: "viewer",
      category: "software",
      needs: { firmware: "1.4" },
      size: 7,
      later: true,
    };
    expect(read(signed(list([firmware, viewer])))).toEqual([
      { package: "firmware", category: "firmware", version: "1.5", models: ["P-*"] },
      { package: "viewer", category: "software", version: "1.5", models: ["P-*"], size: 7, needs: { firmware: "1.4" } },
    ]);
  });

  it("is valid until it expires", () => {
    expect(read(signed(list([], { expiresAt: "2026-01-02T03:04:06.000Z" })))).toEqual([]);
    for (const expiresAt of ["2026-01-02T03:04:05.000Z", "soon"])
      expect(() => read(signed(list([], { expiresAt })))).toThrow("has expired");
  });

  it.each<[string, () => unknown, string]>([
    ["not signed", () => list(), "not signed"],
    ["changed after it was signed", () => ({ ...signed(list()), payload: signed(list([])).payload }), "signature"],
    [
      "signed with another header",
      () => ({ ...signed(list()), protected: signed(list(), { alg: "EdDSA", kid: "x" }).protected }),
      "signature",
    ],
    ["signed with no algorithm", () => signed(list(), { alg: "none" }), "not signed with EdDSA"],
    [
      "signed with a critical extension",
      () => signed(list(), { alg: "EdDSA", crit: ["b64"], b64: false }),
      "not signed with EdDSA",
    ],
    ["of another form", () => signed({ packages: [] }), "form of a catalogue"],
    ["without models", () => signed(list([{ ...firmware, models: [] }])), "form of a catalogue"],
  ])("is refused if it is %s", (_, body, reason) => {
    expect(() => read(body())).toThrow(reason);
  });

  it("is refused if somebody else signed it, or if it is not JSON", () => {
    const other = generateKeyPairSync("ed25519").publicKey.export({ type: "spki", format: "pem" }).toString();
    expect(() => packagesIn(JSON.stringify(signed(list())), other, NOW)).toThrow("signature");
    for (const text of ["", "{", "null", "[]", "7"]) expect(() => packagesIn(text, signedBy, NOW)).toThrow(NoAnswer);
  });
});
