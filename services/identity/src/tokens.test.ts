import { describe, expect, it } from "vitest";
import { claimedDevice, newDeviceToken, newOperatorToken } from "./tokens.ts";

describe("claimedDevice", () => {
  it.each(["a", "pump-1", "00:1A:2b:3C:4d:5E", `x${"_".repeat(127)}`])("reads %s from its token", (device) => {
    expect(claimedDevice(newDeviceToken(device))).toBe(device);
  });

  it("returns undefined for a text that is not a device token", () => {
    const encoded = (text: string) => Buffer.from(text).toString("base64url");
    const wrong = [
      "",
      "fld_",
      "fld_cHVtcC0x",
      "fld_cHVtcC0x.",
      "fld_.secret",
      `fld_${encoded("a b")}.secret`,
      `fld_${encoded("ä")}.secret`,
      `fld_${encoded("x".repeat(129))}.secret`,
      newOperatorToken(),
      newDeviceToken("pump-1").slice(1),
      `${newDeviceToken("pump-1")}\n`,
    ];
    for (const token of wrong) expect(claimedDevice(token)).toBeUndefined();
  });
});
