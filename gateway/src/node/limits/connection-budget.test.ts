import { expect, it } from "vitest";
import { connectionBudget } from "./connection-budget.ts";

const wanted = { devices: 100_000, pending: 16_384, http: 4_096 };

it("the connection budget has each kind's configured number when the process may open enough files", () => {
  expect(connectionBudget(wanted, Number.POSITIVE_INFINITY)).toEqual(wanted);
  expect(connectionBudget(wanted, 1_000_000)).toEqual(wanted);
});

it("the connection budget has some files for every kind when the process may open only 500 files, or one file", () => {
  expect(connectionBudget(wanted, 500)).toEqual({ devices: 218, pending: 109, http: 109 });
  const { devices, pending, http } = connectionBudget(wanted, 1);
  expect(Math.min(devices, pending, http)).toBeGreaterThan(0);
});
