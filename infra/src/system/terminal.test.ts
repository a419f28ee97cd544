import { Writable } from "node:stream";
import { WriteStream } from "node:tty";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { coloured } from "./terminal.ts";

const { getColorDepth } = WriteStream.prototype;
const stream = (isTTY: boolean) => Object.assign(new Writable(), { isTTY, getColorDepth });

describe("coloured", () => {
  beforeEach(() => {
    // Node assumes that a CI system which it does not know shows no colours.
    for (const name of ["CI", "NO_COLOR", "FORCE_COLOR", "NODE_DISABLE_COLORS"]) vi.stubEnv(name, undefined);
    vi.stubEnv("TERM", "xterm");
  });
  afterEach(() => vi.unstubAllEnvs());

  it("colours only the mark of a line, if it goes to a terminal", () => {
    expect(coloured(" ✓ gateway: ready", stream(true))).toBe(" \x1b[32m✓\x1b[39m gateway: ready");
    expect(coloured(" ! gateway ended", stream(true))).toBe(" \x1b[33m!\x1b[39m gateway ended");
    expect(coloured("a ✓ elsewhere", stream(true))).toBe("a ✓ elsewhere");
  });

  it("does not change a line that goes to a file or pipe", () => {
    expect(coloured(" ✓ gateway: ready", stream(false))).toBe(" ✓ gateway: ready");
  });

  it("obeys NO_COLOR", () => {
    vi.stubEnv("NO_COLOR", "1");
    expect(coloured(" ✗ broken", stream(true))).toBe(" ✗ broken");
  });
});
