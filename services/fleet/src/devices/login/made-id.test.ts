import { isDeviceId } from "@fleetlog/domain";
import { expect, it } from "vitest";
import { madeDeviceId } from "./made-id.ts";

it("a client id that is a valid device id becomes the id", () => {
  for (const id of ["plant-7", "TPE:00:90", "a".repeat(128)]) expect(madeDeviceId(id)).toBe(id);
});

it.each([
  ["TPE:00:90/E8 \u00e4", /^TPE:00:90-E8-[0-9a-f]{12}$/],
  ["/gateway", /^gateway-[0-9a-f]{12}$/],
  ["\u00e4", /^[0-9a-f]{12}$/],
  ["a".repeat(129), /^a{100}-[0-9a-f]{12}$/],
])("%s becomes a valid id, always the same one", (clientId, expected) => {
  const id = madeDeviceId(clientId);
  expect(id).toMatch(expected);
  expect(isDeviceId(id)).toBe(true);
  expect(madeDeviceId(clientId)).toBe(id);
});

it("client ids get different device ids even if they differ only in characters that a device id does not allow", () => {
  expect(madeDeviceId("a/b")).not.toBe(madeDeviceId("a b"));
});
