import { generateKeyPairSync, sign } from "node:crypto";
import { altered, fuzzMessages, fuzzSeed, heapGrowth, MOST_GROWTH, mutated, seeded } from "@fleetlog/runtime/testing";
import { expect, it } from "vitest";
import { NoAnswer } from "../../outgoing/http.ts";
import { packagesIn as signedPackagesIn } from "./fleetlog.ts";
import { jsonOf, type ListedOffer } from "./reader.ts";
import { packagesIn } from "./tpedm.ts";

const MESSAGES = fuzzMessages(1_000);
const NOW = Date.parse("2026-01-02T03:04:05.000Z");
const { publicKey, privateKey } = generateKeyPairSync("ed25519");
const signedBy = publicKey.export({ type: "spki", format: "pem" }).toString();
const random = seeded(fuzzSeed(17));

const OF_VENDOR = {
  data: [
    {
      version: "2.2.0",
      buildNumber: "1800",
      firmwareVersion: "1.5.0",
      packageName: "ThingsPro-Edge",
      displayName: "ThingsPro Edge",
      size: 1_024,
      yamlUrl: "https://vendor.example/tpe.yaml",
      dependency: { minFirmwareVersion: "1.5.0" },
    },
    { version: "1.0", packageName: "viewer" },
  ],
};
const OF_OURS = {
  format: "fleetlog-catalogue",
  expiresAt: "2026-02-01T00:00:00Z",
  packages: [
    { name: "firmware", category: "firmware", version: "1.5", models: ["P-*"] },
    {
      name: "viewer",
      category: "software",
      version: "1.0",
      build: "7",
      models: ["P-1"],
      title: "Viewer",
      size: 7,
      url: "https://vendor.example/viewer",
      needs: { firmware: "1.4" },
    },
  ],
};

/** Half of the texts get odd values. Independently of that, half of the texts get odd bytes. */
const damaged = (seed: object): string => {
  const text = JSON.stringify(random(2) === 0 ? altered(random, seed) : seed);
  return random(2) === 0 ? mutated(random, Buffer.from(text)).toString("utf8") : text;
};

function signedText(): string {
  const payload = Buffer.from(damaged(OF_OURS)).toString("base64url");
  const header = Buffer.from(random(8) === 0 ? damaged({ alg: "EdDSA" }) : '{"alg":"EdDSA"}').toString("base64url");
  const signature = sign(null, Buffer.from(`${header}.${payload}`), privateKey).toString("base64url");
  const signed = { protected: header, payload, signature };
  return random(4) === 0 ? damaged(signed) : JSON.stringify(signed);
}

it.each([
  [
    "a vendor's catalogue",
    () => packagesIn(jsonOf(damaged(OF_VENDOR)), random(2) === 0 ? "firmware" : "software"),
  ] as const,
  ["a catalogue in Fleetlog's form", () => signedPackagesIn(signedText(), signedBy, NOW)] as const,
])(
  "%s that is damaged is refused or read, and leaves nothing in memory",
  async (_, read) => {
    const counts = { read: 0, refused: 0 };
    const growth = await heapGrowth(() => {
      for (let i = 0; i < MESSAGES; i++) {
        try {
          for (const offer of read()) mustBeOffer(offer);
          counts.read++;
        } catch (error) {
          if (!(error instanceof NoAnswer)) throw error;
          counts.refused++;
        }
      }
    });
    expect(growth).toBeLessThan(MOST_GROWTH);
    expect(Math.min(counts.read, counts.refused)).toBeGreaterThan(MESSAGES / 10);
  },
  300_000,
);

function mustBeOffer({ package: name, category, version, size, needs }: ListedOffer): void {
  expect([typeof name, typeof version]).toEqual(["string", "string"]);
  expect(["firmware", "software"]).toContain(category);
  if (size !== undefined) expect(Number.isSafeInteger(size)).toBe(true);
  for (const least of Object.values(needs ?? {})) expect(typeof least).toBe("string");
}
