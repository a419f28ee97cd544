// @vitest-environment happy-dom
import { afterEach, expect, it } from "vitest";
import { ApiError } from "../../data/problem.ts";
import { mount, one, textOf, unmountAll } from "../../testing/dom.ts";
import { ErrorNotice } from "./notice.ts";

afterEach(unmountAll);

const shown = async (problem: { title: string; detail: string }) => {
  const error = new ApiError({ code: "x", status: 400, advice: "Check that one runs.", ...problem });
  return textOf(one(await mount(new ErrorNotice(), { error }), ".text"));
};

it("does not repeat the title of an error as its text", async () => {
  expect(await shown({ title: "No projector answers", detail: "no projector answers" })).toBe(
    "No projector answers Check that one runs.",
  );
  expect(await shown({ title: "Busy", detail: "no projector answers" })).toBe(
    "Busy No projector answers. Check that one runs.",
  );
});
