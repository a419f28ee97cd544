import { expect, it } from "vitest";
import { END_CODES } from "./end-codes.ts";

it("the close code is 1000 only for devices that must not reconnect: clients reconnect after every other code", () => {
  const final = Object.entries(END_CODES).flatMap(([reason, { closeCode }]) => (closeCode === 1000 ? [reason] : []));
  expect(final.toSorted()).toEqual(["device-closed", "retired", "superseded"]);
});
