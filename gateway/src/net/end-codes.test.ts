import { expect, it } from "vitest";
import { END_CODES } from "./end-codes.ts";

it("keeps away with 1000 only those that must stay away: every other code brings stock clients back", () => {
  const away = Object.entries(END_CODES).flatMap(([reason, { closeCode }]) => (closeCode === 1000 ? [reason] : []));
  expect(away.toSorted()).toEqual(["device-closed", "retired", "superseded"]);
});
