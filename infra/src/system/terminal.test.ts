import { Writable } from "node:stream";
import { WriteStream } from "node:tty";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { painted } from "./terminal.ts";

const { getColorDepth } = WriteStream.prototype;
const stream = (isTTY: boolean) => Object.assign(new Writable(), { isTTY, getColorDepth });

describe("painted", () => {
  beforeEach(() => {
    // Node takes a CI that it does not know for one that shows no colours.
    for (const name of ["CI", "NO_COLOR", "FORCE_COLOR", "NODE_DISABLE_COLORS"]) vi.stubEnv(name, undefined);
    vi.stubEnv("TERM", "xterm");
  });
  afterEach(() => vi.unstubAllEnvs());

  it("colours the mark of a line at a terminal, and nothing else of it", () => {
    expect(painted(" ✓ gateway: ready", stream(true))).toBe(" \x1b[32m✓\x1b[39m gateway: ready");
    expect(painted(" ! gateway ended", stream(true))).toBe(" \x1b[33m!\x1b[39m gateway ended");
    expect(painted("a ✓ elsewhere", stream(true))).toBe("a ✓ elsewhere");
  });

  it("leaves a line as it is where it goes into a file or pipe", () => {
    expect(painted(" ✓ gateway: ready", stream(false))).toBe(" ✓ gateway: ready");
  });

  it("obeys NO_COLOR", () => {
    vi.stubEnv("NO_COLOR", "1");
    expect(painted(" ✗ broken", stream(true))).toBe(" ✗ broken");
  });
});
