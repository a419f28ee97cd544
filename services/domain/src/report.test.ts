import { describe, expect, it } from "vitest";
import { reportId } from "./report.ts";

describe("the id of a device's report", () => {
  it("is made of device, boot and seq", () => {
    expect(reportId("00:1B", { boot: "b1", seq: 7 })).toBe("00:1B:b1:7");
    expect(reportId("a", { boot: 3, seq: 0 })).toBe("a:3:0");
  });

  it("is the same whether the boot is a number or that number as text", () => {
    expect(reportId("a", { boot: 3, seq: 1 })).toBe(reportId("a", { boot: "3", seq: 1 }));
  });

  it("is undefined for a report that the device did not number", () => {
    expect(reportId("a", {})).toBeUndefined();
  });

  it("is different if device, boot or seq are different, whatever characters the boot has", () => {
    const boots = ["1", "1:2", ":", "%3A", "2:1", "a\r\nX: y", "ü", " ", "\u0000", "🚀", "."];
    const ids = ["a", "a:1", "a:1:2"].flatMap((device) =>
      boots.flatMap((boot) => [1, 2, 12].map((seq) => reportId(device, { boot, seq }))),
    );
    expect(new Set(ids).size).toBe(ids.length);
    // The id becomes the value of a NATS header.
    for (const id of ids) expect(id).toMatch(/^[\x21-\x7e]+$/);
  });

  it("is refused if only one of boot and seq is given, and the error names the missing one", () => {
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
