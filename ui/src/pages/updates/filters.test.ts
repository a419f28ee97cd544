import { expect, it } from "vitest";
import { filterFormat, isFiltered, NO_FILTERS, toQuery } from "./filters.ts";

const read = (search: string) => filterFormat.read(new URLSearchParams(search));

it("the page keeps filters, order and page in the URL, without defaults", () => {
  const filters = read("state=blocked&package=viewer&model=UC-1&group=roof&search=pump&sort=-lookedAt&page=3");
  expect(filters).toEqual({
    ...{ state: "blocked", package: "viewer", model: "UC-1", group: "roof", search: "pump" },
    ...{ sort: "-lookedAt", page: 3 },
  });
  expect(read(filterFormat.write(filters).toString())).toEqual(filters);
  expect(filterFormat.write(NO_FILTERS).toString()).toBe("");
});

it("the page replaces an invalid value by the default", () => {
  expect(read("state=broken&sort=size&page=0")).toEqual(NO_FILTERS);
  expect(read("page=1.5")).toEqual(NO_FILTERS);
});

it("the page requests the page's devices with the active filters", () => {
  expect(toQuery(NO_FILTERS)).toEqual({ sort: "state", limit: 50 });
  expect(toQuery({ ...NO_FILTERS, state: "never", model: "UC-1", sort: "id", page: 2 })).toEqual({
    ...{ state: "never", model: "UC-1", sort: "id", limit: 50, offset: 50 },
  });
});

it("the page counts neither the order nor the page as a filter", () => {
  expect(isFiltered({ ...NO_FILTERS, sort: "id", page: 2 })).toBe(false);
  expect(isFiltered({ ...NO_FILTERS, group: "roof" })).toBe(true);
});
