import { describe, expect, it } from "vitest";
import { Attempt } from "./attempt.ts";

describe("the idempotency key of an attempt", () => {
  it("stays for the same body, and changes for another body or after a success", () => {
    const attempt = new Attempt();
    const first = attempt.keyOf({ name: "reboot" });
    expect(attempt.keyOf({ name: "reboot" })).toBe(first);
    const changed = attempt.keyOf({ name: "reboot", params: { in: 5 } });
    expect(changed).not.toBe(first);
    attempt.done();
    expect(attempt.keyOf({ name: "reboot", params: { in: 5 } })).not.toBe(changed);
  });
});
