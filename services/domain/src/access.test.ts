import { describe, expect, it } from "vitest";
import { isLimited, isWithin } from "./access.ts";

describe("isWithin", () => {
  const device = { account: "north", tags: ["roof", "pump"] };

  it("accepts every device within a scope without limits", () => {
    expect(isWithin({}, device)).toBe(true);
    expect(isWithin({}, {})).toBe(true);
    expect(isLimited({})).toBe(false);
  });

  it("requires one of the accounts and one of the tags", () => {
    expect(isWithin({ accounts: ["north"], tags: ["pump", "valve"] }, device)).toBe(true);
    expect(isWithin({ accounts: ["south"], tags: ["pump"] }, device)).toBe(false);
    expect(isWithin({ accounts: ["north"], tags: ["valve"] }, device)).toBe(false);
  });

  it("accepts no device if a limit is an empty list, and no device without account and tags", () => {
    expect(isWithin({ tags: [] }, device)).toBe(false);
    expect(isWithin({ accounts: ["north"] }, {})).toBe(false);
    expect(isWithin({ tags: ["pump"] }, {})).toBe(false);
    expect(isLimited({ tags: [] })).toBe(true);
  });
});
