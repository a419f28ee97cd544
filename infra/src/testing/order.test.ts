import { expect, it } from "vitest";
import { ordered } from "./order.ts";

const inOrder = (...paths: readonly string[]) => ordered(paths, (path) => path);

it("long files come first, and files of unknown length keep their order", () => {
  expect(inOrder("/r/gateway/src/b.test.ts", "/r/gateway/src/a.test.ts")).toEqual([
    "/r/gateway/src/b.test.ts",
    "/r/gateway/src/a.test.ts",
  ]);
  expect(
    inOrder(
      "/r/test/conformance/log.test.ts",
      "/r/test/e2e/live.test.ts",
      "/r/test/faults/log.test.ts",
      "/r/test/e2e/launcher.test.ts",
    ),
  ).toEqual([
    "/r/test/e2e/launcher.test.ts",
    "/r/test/faults/log.test.ts",
    "/r/test/e2e/live.test.ts",
    "/r/test/conformance/log.test.ts",
  ]);
});

it("files with a browser alternate with the others", () => {
  expect(
    inOrder("/r/test/faults/log.test.ts", "/r/test/browser/people.test.ts", "/r/test/browser/live.test.ts"),
  ).toEqual(["/r/test/browser/live.test.ts", "/r/test/faults/log.test.ts", "/r/test/browser/people.test.ts"]);
});
