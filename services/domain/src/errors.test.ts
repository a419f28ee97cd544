import { describe, expect, it } from "vitest";
import { ERROR_CODES, FleetError, invalid } from "./errors.ts";

describe("FleetError", () => {
  it("has a code, a message, and the details that were given", () => {
    const cause = new Error("inner");
    const error = new FleetError("rate-limited", "too fast", { advice: "Slow down.", retryAfterMs: 10, cause });
    expect(error).toBeInstanceOf(Error);
    expect(error).toMatchObject({
      name: "FleetError",
      code: "rate-limited",
      message: "too fast",
      retryAfterMs: 10,
      cause,
    });
    expect(error.field).toBeUndefined();
    expect("cause" in new FleetError("internal", "x")).toBe(false);
  });

  it("has the field of an invalid request", () => {
    expect(invalid("tags[2]", "too long")).toMatchObject({ code: "invalid-request", field: "tags[2]" });
  });

  it("has each code once", () => {
    expect(new Set(ERROR_CODES).size).toBe(ERROR_CODES.length);
  });
});
