import { describe, expect, it } from "vitest";
import { Attempt } from "./attempt.ts";

describe("the key of what is being sent", () => {
  it("stays for the same, is another for something else, and for the same once more after it arrived", () => {
    const attempt = new Attempt();
    const first = attempt.keyOf({ name: "reboot" });
    expect(attempt.keyOf({ name: "reboot" })).toBe(first);
    const changed = attempt.keyOf({ name: "reboot", params: { in: 5 } });
    expect(changed).not.toBe(first);
    attempt.done();
    expect(attempt.keyOf({ name: "reboot", params: { in: 5 } })).not.toBe(changed);
  });
});
