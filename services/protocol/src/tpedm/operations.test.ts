import { describe, expect, it } from "vitest";
import { OPERATION_CATEGORIES, OPERATION_SOURCES, OPERATIONS } from "./index.ts";

/** Actions that need no body, because the path says everything. */
const BODILESS = [
  "PUT /upgrades/{id}/{action}",
  "PUT /apps/{appname}/{action}",
  "PUT /system/reset-default",
  "PUT /system/services/{id}/enable",
  "PUT /modbusmaster/control/config/apply",
  "PUT /azure-device/check",
  "PUT /azure-iotedge/modules/{name}/restart",
];

describe("the catalogue of operations", () => {
  it.each(OPERATION_CATEGORIES)("has at least five operations of $title, with the source of each", ({ id }) => {
    const operations = OPERATIONS.filter(({ category }) => category === id);
    expect(operations.length).toBeGreaterThanOrEqual(5);
    expect(operations.some(({ body }) => body !== undefined)).toBe(true);
    for (const { source } of operations) expect(OPERATION_SOURCES[source]?.url).toMatch(/^https:\/\//);
  });

  it("has operations of ThingsPro Edge itself and of two gateways", () => {
    const of = (pattern: RegExp) =>
      OPERATIONS.filter(({ source }) => pattern.test(OPERATION_SOURCES[source]?.title ?? "")).length;
    expect(of(/^ThingsPro Edge/)).toBeGreaterThanOrEqual(5);
    expect(of(/^AIG-501/)).toBeGreaterThanOrEqual(5);
    expect(of(/^AIG-301/)).toBeGreaterThanOrEqual(5 * OPERATION_CATEGORIES.length);
  });

  it("has a body for each operation that takes one", () => {
    const without = OPERATIONS.filter(({ method, body }) => /^(POST|PUT|PATCH)$/.test(method) && body === undefined);
    expect(without.map(({ method, path }) => `${method} ${path}`)).toEqual(BODILESS);
  });

  it("has each operation once, of a known category, and bodies with no other fields than their schemas", () => {
    const ids = OPERATION_CATEGORIES.map(({ id }) => id);
    expect(ids).toHaveLength(7);
    expect(new Set(OPERATIONS.map(({ method, path }) => `${method} ${path}`)).size).toBe(OPERATIONS.length);
    for (const { category, method, path, body, schema } of OPERATIONS) {
      expect(ids).toContain(category);
      expect(method).toMatch(/^(GET|POST|PUT|PATCH|DELETE)$/);
      expect(path).toMatch(/^\/(?!api)/);
      const known = Object.keys((schema?.properties ?? {}) as object);
      if (schema !== undefined) for (const field of Object.keys(body as object)) expect(known).toContain(field);
    }
  });
});
