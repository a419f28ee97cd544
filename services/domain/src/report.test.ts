import { describe, expect, it } from "vitest";
import { reportId } from "./report.ts";

describe("the id of a device's report", () => {
  it("is made of device, boot and seq", () => {
    expect(reportId("00:1B", { boot: "b1", seq: 7 })).toBe("00:1B:b1:7");
    expect(reportId("a", { boot: 3, seq: 0 })).toBe("a:3:0");
  });

  it("is the same for a boot as a number and as text", () => {
    expect(reportId("a", { boot: 3, seq: 1 })).toBe(reportId("a", { boot: "3", seq: 1 }));
  });

  it("is undefined for a report without boot and seq", () => {
    expect(reportId("a", {})).toBeUndefined();
  });

  it("is different for each device, boot and seq, even with special characters in the boot", () => {
    const boots = ["1", "1:2", ":", "%3A", "2:1", "a\r\nX: y", "ü", " ", "\u0000", "🚀", "."];
    const ids = ["a", "a:1", "a:1:2"].flatMap((device) =>
      boots.flatMap((boot) => [1, 2, 12].map((seq) => reportId(device, { boot, seq }))),
    );
    expect(new Set(ids).size).toBe(ids.length);
    // The id becomes the value of a NATS header.
    for (const id of ids) expect(id).toMatch(/^[\x21-\x7e]+$/);
  });

  it("is refused without boot or without seq, naming the missing field", () => {
    expect(() => reportId("a", { boot: 1 })).toThrow(
      expect.objectContaining({ code: "invalid-request", field: "seq" }),
    );
    expect(() => reportId("a", { seq: 1 })).toThrow(
      expect.objectContaining({ code: "invalid-request", field: "boot" }),
    );
  });

  it("is refused if the boot is not valid Unicode", () => {
    const refused = expect.objectContaining({ code: "invalid-request", field: "boot" });
    expect(() => reportId("a", { boot: "\ud800", seq: 1 })).toThrow(refused);
  });
});
