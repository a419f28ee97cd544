import { describe, expect, it } from "vitest";
import { compareVersions, hasBuild, isVersion } from "./version.ts";

/** From the oldest. Versions in one line are the same. */
const ORDERED: readonly (readonly string[])[] = [
  ["0"],
  ["0.9"],
  ["1.0~~"],
  ["1.0~rc1"],
  ["1.0-dev"],
  ["1.0-nightly"],
  ["1.0.0-SNAPSHOT", "1.0-snapshot"],
  ["1.0-alpha"],
  ["1.0-alpha.1", "1.0alpha1", "v1.0.0-Alpha1"],
  ["1.0-beta"],
  ["1.0-beta.2", "1.0.0beta2"],
  ["1.0-beta.11"],
  ["1.0-rc.1", "1.0.0rc1", "1.0.rc1", "1.0.0-rc.1"],
  ["1.0-rc.1.1"],
  ["1.0-rc.2"],
  ["1", "1.0", "1.0.0", "v1", "V1.0", "Version 1.0", "01.00", "1.0-0"],
  ["1.0-hotfix"],
  ["1.0-hotfix.1"],
  ["1.0-hotfix2"],
  ["1.0-1", "1.0.0+1", "1.0 build 1", "1.0 (Build 1)", "1.0-01"],
  ["1.0-3-gabcdef"],
  ["1.0-10"],
  ["1.0-2447"],
  ["1.0-99999999999999999999"],
  ["1.0-100000000000000000000"],
  ["1.0a"],
  ["1.0b"],
  ["1.0.1", "1_0_1"],
  ["1.0.1-1"],
  ["1.0.1.1"],
  ["1.0.2b"],
  ["1.0.10"],
  ["1.1-rc1"],
  ["1.1"],
  ["1.2"],
  ["1.10"],
  ["2"],
  ["10"],
  ["2020-11-11"],
  ["2020-11-12"],
];

describe("the order of versions", () => {
  const all = ORDERED.flatMap((same, place) => same.map((text) => ({ text, place })));

  it("equals the order of the list for any two of its versions", () => {
    const pairs = all.flatMap((a) => all.map((b) => [a, b] as const));
    const wrong = pairs.filter(([a, b]) => order(a.text, b.text) !== Math.sign(a.place - b.place));
    expect(wrong).toEqual([]);
  });

  it("is transitive and antisymmetric for 20,000 generated versions", () => {
    let seed = 7;
    const next = (below: number) => {
      seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
      return Math.floor((seed / 2_147_483_648) * below);
    };
    const parts = ["0", "1", "2", "10", "007", "rc", "alpha", "b", "hotfix", "~", ".", ".", "-", "+", "_", " ", "v"];
    const made = () => `${next(3)}${Array.from({ length: next(8) }, () => parts[next(parts.length)]).join("")}`;
    const faults: string[] = [];
    for (let i = 0; i < 20_000; i++) {
      const [a, b, c] = [made(), made(), made()];
      const [ab, ba, bc, ac] = [order(a, b), order(b, a), order(b, c), order(a, c)];
      const isSame = ab === 0 && bc === 0;
      const holds = ab + ba === 0 && (ab > 0 || bc > 0 || ac <= 0) && (!isSame || ac === 0);
      if (!holds) faults.push(`${a}, ${b}, ${c}`);
    }
    expect(faults).toEqual([]);
  });
});

it("texts that are not versions are not compared", () => {
  for (const text of ["", " ", "latest", "a1b2c3", "v", "1:2.0", "1.0/2", "1.0\n2", "Ⅷ", "-", "rc1", "1".repeat(129)]) {
    expect(isVersion(text), text).toBe(false);
    expect(compareVersions(text, "1.0"), text).toBeUndefined();
    expect(compareVersions("1.0", text), text).toBeUndefined();
  }
});

it("a version with a build is recognised", () => {
  expect(["2.1.0-1600", "3.0 Build 2301", "2.1.0+7"].map(hasBuild)).toEqual([true, true, true]);
  expect(["2.1.0", "2.1", "latest"].map(hasBuild)).toEqual([false, false, false]);
});

function order(a: string, b: string): number {
  return Math.sign(compareVersions(a, b) ?? Number.NaN);
}
