import { expect, it, onTestFinished, vi } from "vitest";
import { failed } from "./failed.ts";

it("a failed program writes the error's text with its advice, and has the exit code 1", () => {
  const before = process.exitCode;
  const write = vi.spyOn(console, "error").mockImplementation(() => {});
  onTestFinished(() => {
    write.mockRestore();
    process.exitCode = before;
  });
  failed(Object.assign(new Error("the folder is in use"), { advice: "Stop the historian first." }));
  expect(process.exitCode).toBe(1);
  failed(new Error("no such folder"));
  failed("a text");
  expect(write.mock.calls).toEqual([
    ["the folder is in use. Stop the historian first."],
    ["no such folder"],
    ["a text"],
  ]);
});
