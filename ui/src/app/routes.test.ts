import { expect, it } from "vitest";
import { match, routes } from "./routes.ts";

it("finds the page of an address, with its parameters decoded", () => {
  expect(match("/devices")?.route.tag).toBe("fl-fleet-page");
  expect(match("/devices/")?.route.tag).toBe("fl-fleet-page");
  const found = match("/devices/a%3Ab");
  expect([found?.route.tag, found?.parameters]).toEqual(["fl-device-page", { device: "a:b" }]);
});

it("finds nothing where there is nothing, and nothing that can't be decoded", () => {
  for (const path of ["/", "/nowhere", "/devices/a/b", "/devices/%E0%A4%A"]) expect(match(path)).toBeUndefined();
});

it("has one way to each place: address, element and key are each used once", () => {
  for (const each of [
    routes.map(({ path }) => path),
    routes.map(({ tag }) => tag),
    routes.flatMap(({ nav }) => nav?.key ?? []),
  ])
    expect(new Set(each).size).toBe(each.length);
});
