import { describe, expect, it } from "vitest";
import { readNatsLine, readOwnLine } from "./log-lines.ts";

describe("readOwnLine", () => {
  it("reads a structured line, without the fields that the terminal leaves out", () => {
    const line = JSON.stringify({ level: 40, time: 1, pid: 2, hostname: "h", msg: "slow", device: "d1", bytes: 3 });
    expect(readOwnLine(line, "stdout")).toEqual({ severity: "warn", text: "slow device=d1 bytes=3" });
  });

  it.each([
    [20, "debug"],
    [30, "info"],
    [50, "error"],
    [60, "error"],
  ])("reads level %i as %s", (level, severity) => {
    expect(readOwnLine(JSON.stringify({ level, msg: "x" }), "stdout").severity).toBe(severity);
  });

  it("treats plain text on stderr, such as a stack trace, as an error", () => {
    expect(readOwnLine("    at file.ts:1", "stderr")).toEqual({ severity: "error", text: "    at file.ts:1" });
    expect(readOwnLine("{not json", "stdout")).toEqual({ severity: "info", text: "{not json" });
  });

  it("shows an error with its causes and without its stack", () => {
    const err = {
      type: "Error",
      message: "no",
      stack: "Error: no\n    at x:1\n    at y:2\ncaused by: Error: why\n    at z:3",
    };
    expect(readOwnLine(JSON.stringify({ level: 50, msg: "failed", err }), "stdout").text).toBe(
      "failed err=Error: no; caused by: Error: why",
    );
  });
});

describe("readNatsLine", () => {
  it("reads the severity that nats-server writes", () => {
    expect(readNatsLine("[7] 2026/01/02 03:04:05.678901 [WRN] Slow consumer")).toEqual({
      severity: "warn",
      text: "Slow consumer",
    });
    expect(readNatsLine("nats-server: bad config").severity).toBe("info");
  });
});
