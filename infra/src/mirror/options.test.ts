import { describe, expect, it } from "vitest";
import { readMirrorOptions } from "./options.ts";

const TO = "kurrentdb://admin:secret@db.example:2113?tls=false";

describe("npm run mirror", () => {
  it("takes the target from --to, or from MIRROR_TO", () => {
    const options = { to: TO, prefix: "", follow: false };
    expect(readMirrorOptions(["--to", TO], {})).toEqual(options);
    expect(readMirrorOptions([], { MIRROR_TO: TO })).toEqual(options);
    const all = readMirrorOptions(["--to", TO, "--prefix", "plant2-", "--follow"], { MIRROR_TO: "other" });
    expect(all).toEqual({ to: TO, prefix: "plant2-", follow: true });
    for (const to of ["esdb+discover://a.example", "kurrentdb://a,b,c"])
      expect(readMirrorOptions(["--to", to], {})).toMatchObject({ to });
  });

  it.each([
    [[], /^--to is needed, or the variable MIRROR_TO/],
    [["--to", "http://secret@db.example"], /^--to must be a connection string/],
    [["--to", TO, "--prefix", "a b"], /^--prefix can't be a b/],
    [["--to", TO, "--all"], /--all/],
  ])("refuses %j in one line, without a password", (args, message) => {
    expect(() => readMirrorOptions(args, {})).toThrow(message);
    expect(() => readMirrorOptions(args, {})).not.toThrow(/secret/);
  });
});
