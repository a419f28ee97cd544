import { describe, expect, it } from "vitest";
import { openFilesLimit, openFilesWarning } from "./open-files.ts";

const limits = (files: string) => `Limit                     Soft Limit           Hard Limit           Units
Max processes             unlimited            unlimited            processes
Max open files            ${files.padEnd(20)} 1048576              files
Max locked memory         8388608              8388608              bytes
`;

describe("openFilesLimit", () => {
  it.each([
    ["1024", 1_024],
    ["1048576", 1_048_576],
    ["unlimited", Number.POSITIVE_INFINITY],
  ])("is the soft limit: %s", (files, limit) => {
    expect(openFilesLimit(() => limits(files))).toBe(limit);
  });

  it("is infinite where the system does not tell the limit", () => {
    const missing = () => {
      throw new Error("ENOENT");
    };
    expect(openFilesLimit(missing)).toBe(Number.POSITIVE_INFINITY);
    expect(openFilesLimit(() => "")).toBe(Number.POSITIVE_INFINITY);
  });

  it.runIf(process.platform === "linux")("is this process's limit", () => {
    expect(openFilesLimit()).toBeGreaterThan(0);
    expect(openFilesLimit()).not.toBeNaN();
  });
});

describe("openFilesWarning", () => {
  it("names the way to fix it when connections and other files exceed the limit", () => {
    expect(openFilesWarning(100_000, 102_000)).toBeUndefined();
    expect(openFilesWarning(1_000_000, Number.POSITIVE_INFINITY)).toBeUndefined();
    expect(openFilesWarning(100_000, 101_999)).toMatch(/MAX_CONNECTIONS is 100000.* 101999 files.*ulimit -n/);
  });
});
