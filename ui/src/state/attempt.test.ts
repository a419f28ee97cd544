import { describe, expect, it } from "vitest";
import { Attempt } from "./attempt.ts";

describe("the key of what is being sent", () => {
  it("keeps the key for the same body; another body, or the same after success, gets another", () => {
    const attempt = new Attempt();
    const first = attempt.keyOf({ name: "reboot" });
    expect(attempt.keyOf({ name: "reboot" })).toBe(first);
    const changed = attempt.keyOf({ name: "reboot", params: { in: 5 } });
    expect(changed).not.toBe(first);
    attempt.done();
    expect(attempt.keyOf({ name: "reboot", params: { in: 5 } })).not.toBe(changed);
  });
});
