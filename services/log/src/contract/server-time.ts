import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Backbone } from "../backbone.ts";
import type { ContractHarness, OpenHarness } from "./harness.ts";

export function describeServerTime(open: OpenHarness): void {
  describe("server time", () => {
    let harness: ContractHarness;
    let one: Backbone;
    beforeAll(async () => {
      harness = await open();
      one = await harness.connect();
    });
    afterAll(() => harness.close());

    it("is the time at which the server answers", async () => {
      for (let i = 0; i < 3; i++) {
        const before = Date.now();
        const at = await one.serverTime();
        expect(at).toBeGreaterThanOrEqual(before - 1);
        expect(at).toBeLessThanOrEqual(Date.now() + 1);
      }
    });

    it("rejects while the server can't be reached", async () => {
      await harness.away();
      await expect(one.serverTime()).rejects.toMatchObject({ code: "log-unavailable" });
      await harness.back();
    });
  });
}
