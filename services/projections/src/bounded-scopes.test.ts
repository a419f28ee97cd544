import { describe, expect, it } from "vitest";
import { boundedScopes } from "./bounded-scopes.ts";

const tags = Array.from({ length: 32 }, (_, i) => `${"t".repeat(60)}${i}`);
const scope = { before: null, after: { account: "main", tags } };

describe("boundedScopes", () => {
  it("returns the scopes if they fit into a message, else null", () => {
    const few = Array.from({ length: 50 }, () => scope);
    expect(boundedScopes(few)).toBe(few);
    expect(boundedScopes(Array.from({ length: 256 }, () => scope))).toBeNull();
    const small = Array.from({ length: 256 }, () => ({
      before: scope.before,
      after: { account: "main", tags: ["x"] },
    }));
    expect(boundedScopes(small)).toBe(small);
    expect(JSON.stringify(few).length).toBeLessThan(256 * 1024);
  });

  it("returns undefined for rows of a shared projection", () => {
    expect(boundedScopes(undefined)).toBeUndefined();
  });
});
