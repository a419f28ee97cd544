// @vitest-environment happy-dom
import { expect, it, vi } from "vitest";
import { store, stored } from "./storage.ts";

it("keeps a value until it is removed", () => {
  store("fleetlog.test", "a");
  expect(stored("fleetlog.test")).toBe("a");
  store("fleetlog.test", null);
  expect(stored("fleetlog.test")).toBeNull();
});

it("stores nothing and throws nothing if the browser forbids storage", () => {
  vi.stubGlobal("localStorage", {
    getItem: () => {
      throw new DOMException("forbidden", "SecurityError");
    },
    setItem: () => {
      throw new DOMException("forbidden", "SecurityError");
    },
  });
  expect(() => store("fleetlog.test", "a")).not.toThrow();
  expect(stored("fleetlog.test")).toBeNull();
  vi.unstubAllGlobals();
});
