import { FleetError } from "@fleetlog/domain";
import { CreateProvisionRequestBody, checker } from "@fleetlog/protocol";
import { altered, fuzzMessages, fuzzSeed, heapGrowth, MOST_GROWTH, seeded } from "@fleetlog/runtime/testing";
import { expect, it } from "vitest";
import type { Template } from "../dependencies/imports/record.ts";
import { provisionRequests } from "./provision-requests.ts";
import { filled } from "./template.ts";

const ROWS = fuzzMessages(5_000);
const check = checker(CreateProvisionRequestBody);

const TEMPLATE = {
  maxRetries: 5,
  allowPlain: true,
  device: { tags: ["hall-1"], type: "meter" },
  configuration: { interval: 30, code: "x" },
  bundles: [{ name: "app", version: "1", artifact: { name: "app", version: "1" } }],
};
const ROW = {
  clientId: "0012",
  userName: "u",
  maxRetries: "3",
  overwrite: "TRUE",
  "device.tags": "a, b;c",
  name: "7",
  "configuration.interval": "60",
  "bundles[0].version": "2",
};

it("rows and templates with odd values are filled, checked and refused with a reason, and leave nothing behind", async () => {
  const random = seeded(fuzzSeed(31));
  const counts = { valid: 0, invalid: 0, refused: 0 };
  const growth = await heapGrowth(() => {
    for (let i = 0; i < ROWS; i++) {
      const template = random(2) === 0 ? TEMPLATE : altered(random, TEMPLATE);
      const row = altered(random, ROW);
      if (!isObject(template) || !isObject(row)) continue;
      try {
        for (const column of Object.keys(row)) provisionRequests.mustBeColumn(column);
        const checked = check({ device: {}, ...filled(template, row) });
        counts[checked.ok ? "valid" : "invalid"]++;
      } catch (error) {
        if (!(error instanceof FleetError && error.code === "invalid-request")) throw error;
        counts.refused++;
      }
    }
  });
  expect(growth).toBeLessThan(MOST_GROWTH);
  expect(Math.min(...Object.values(counts))).toBeGreaterThan(ROWS / 20);
  expect(Object.keys(Object.prototype)).toEqual([]);
}, 300_000);

function isObject(value: unknown): value is Template {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
