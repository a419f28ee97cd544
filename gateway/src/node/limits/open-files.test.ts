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
  ])("returns the soft limit when it is %s", (files, limit) => {
    expect(openFilesLimit(() => limits(files))).toBe(limit);
  });

  it("returns infinity when the system does not tell the limit", () => {
    const missing = () => {
      throw new Error("ENOENT");
    };
    expect(openFilesLimit(missing)).toBe(Number.POSITIVE_INFINITY);
    expect(openFilesLimit(() => "")).toBe(Number.POSITIVE_INFINITY);
  });

  it.runIf(process.platform === "linux")("returns this process's limit on Linux", () => {
    expect(openFilesLimit()).toBeGreaterThan(0);
    expect(openFilesLimit()).not.toBeNaN();
  });
});

describe("openFilesWarning", () => {
  it("tells how to raise the limit when connections and 2,000 other files exceed it", () => {
    expect(openFilesWarning(100_000, 102_000)).toBeUndefined();
    expect(openFilesWarning(1_000_000, Number.POSITIVE_INFINITY)).toBeUndefined();
    expect(openFilesWarning(100_000, 101_999)).toMatch(/MAX_CONNECTIONS is 100000.* 101999 files.*ulimit -n/);
  });
});
