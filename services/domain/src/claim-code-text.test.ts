import { randomInt } from "node:crypto";
import { describe, expect, it } from "vitest";
import { claimCodeMistake, newClaimCode, normalClaimCode } from "./claim-code-text.ts";

const ALPHABET = "34679ACDEFGHJKMNPRTVWXY";
const normal = (text: string) => normalClaimCode(text) ?? "";

describe("a claim code", () => {
  it("is printed in groups, of characters that do not look alike", () => {
    const code = newClaimCode(randomInt);
    expect(code).toMatch(/^([34679ACDEFGHJKMNPRTVWXY]{4}-){4}[34679ACDEFGHJKMNPRTVWXY]{4}$/);
    expect(newClaimCode(randomInt)).not.toBe(code);
  });

  it("means the same in small letters and with spaces, tabs, dashes and dots; other signs are refused", () => {
    expect(normalClaimCode(" k7xm 93tv-awyc\t.hj")).toBe("K7XM93TVAWYCHJ");
    expect(normalClaimCode("short")).toBeUndefined();
    expect(normalClaimCode("with/other+signs")).toBeUndefined();
  });

  it("has check characters that find any wrong character and the group that has it", () => {
    const code = normal(newClaimCode(randomInt));
    expect(claimCodeMistake(code)).toBeUndefined();
    for (let place = 0; place < code.length; place++) {
      for (const other of [...ALPHABET, "0", "S"].filter((character) => character !== code[place])) {
        const typed = code.slice(0, place) + other + code.slice(place + 1);
        expect(claimCodeMistake(typed), typed).toBe(
          `a character of group ${Math.floor(place / 4) + 1} seems to be wrong`,
        );
      }
    }
  });

  it("has check characters that find any two swapped characters", () => {
    const code = [...normal(newClaimCode(randomInt))];
    for (let a = 0; a < code.length; a++) {
      for (let b = a + 1; b < code.length; b++) {
        const typed = [...code];
        [typed[a], typed[b]] = [code[b] ?? "", code[a] ?? ""];
        if (code[a] !== code[b]) expect(claimCodeMistake(typed.join(""))).toBeDefined();
      }
    }
  });

  it("is wrong if a character is missing; a code that Fleetlog did not make may have another length", () => {
    expect(claimCodeMistake(normal(newClaimCode(randomInt)).slice(1))).toBe(
      "a code has 20 characters, and this one has 19",
    );
    expect(claimCodeMistake("SN0012345678")).toBeUndefined();
  });
});
