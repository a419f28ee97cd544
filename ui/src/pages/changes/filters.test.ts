import { expect, it } from "vitest";
import { type Filters, filterFormat, NO_FILTERS, queryOf, toggledCause } from "./filters.ts";

it("the page keeps everything in the URL", () => {
  const filters: Filters = {
    ...{ from: "5000", to: "2026-01-31T12:00:00Z", group: "roof", account: "main", device: "pump-7" },
    ...{ change: "profile/firmware", by: "ada", cursor: "abc" },
    cause: "operator",
  };
  expect(filterFormat.read(filterFormat.write(filters))).toEqual(filters);
  expect(queryOf(filters)).toEqual(filters);
  expect(filterFormat.write(NO_FILTERS).toString()).toBe("");
});

it("the page makes no request without a first moment", () => {
  expect(queryOf({ ...NO_FILTERS, device: "pump-7" })).toBeUndefined();
});

it("the page ignores an unknown cause", () => {
  expect(filterFormat.read(new URLSearchParams("from=1&cause=weather&by=ada"))).toEqual({ ...NO_FILTERS, from: "1" });
});

it("the page sets a filter by a cause, and removes it when the cause is chosen again", () => {
  const chosen = toggledCause(NO_FILTERS, { kind: "device" });
  expect(chosen).toEqual({ cause: "device", by: "" });
  const filters = { ...NO_FILTERS, cause: "operator", by: "ada" } as const;
  expect(toggledCause(filters, { kind: "operator", by: "ada" })).toEqual({ cause: "", by: "" });
  expect(toggledCause(filters, { kind: "operator", by: "bob" })).toEqual({ cause: "operator", by: "bob" });
});
