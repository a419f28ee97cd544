import { expect, it } from "vitest";
import { progressText } from "./progress-text.ts";

it.each([
  [{ percent: 40, step: "download", message: "4 of 10 MiB" }, "40 % · download · 4 of 10 MiB"],
  [{ percent: 99.9 }, "99 %"],
  [{ percent: 0, message: "" }, "0 %"],
  [{ step: "install" }, "install"],
  [{}, ""],
])("the progress %j is shown as %j", (progress, text) => {
  expect(progressText(progress)).toBe(text);
});
