import { expect, it } from "vitest";
import { END_CODES } from "./end-codes.ts";

it("has 1000 only for devices that must not reconnect, because clients reconnect after every other code", () => {
  const final = Object.entries(END_CODES).flatMap(([reason, { closeCode }]) => (closeCode === 1000 ? [reason] : []));
  expect(final.toSorted()).toEqual(["device-closed", "retired", "superseded"]);
});
