import { describe, expect, it } from "vitest";
import { AddressPolicy } from "./addresses.ts";

describe("the addresses that channels may connect to", () => {
  it.each([
    "127.0.0.1",
    "10.1.2.3",
    "172.31.255.255",
    "192.168.0.1",
    "169.254.169.254",
    "100.64.0.1",
    "0.0.0.0",
    "224.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "fe80::1",
    "fe80::1%eth0",
    "fd00::1",
    "ff02::1",
    "::ffff:127.0.0.1",
    "::ffff:7f00:1",
    "::ffff:169.254.169.254",
    "64:ff9b::7f00:1",
    "2002:7f00:1::",
    "2001:db8::1",
    "localhost",
    "",
  ])("do not include %s", (address) => {
    expect(new AddressPolicy().allows(address)).toBe("no");
  });

  it.each(["8.8.8.8", "172.32.0.1", "2a00:1450:4001:800::200e", "::ffff:8.8.8.8"])(
    "include public ones, such as %s",
    (address) => {
      expect(new AddressPolicy().allows(address)).toBe("public");
    },
  );

  it("include those that the settings name", () => {
    const policy = new AddressPolicy(["10.1.0.0/16", "::1", "192.168.7.9"]);
    expect(["10.1.200.3", "::1", "192.168.7.9", "::ffff:10.1.0.1"].map((one) => policy.allows(one))).toEqual(
      Array.from({ length: 4 }, () => "listed"),
    );
    expect(["10.2.0.1", "127.0.0.1", "192.168.7.8"].map((one) => policy.allows(one))).toEqual(["no", "no", "no"]);
  });

  it.each(["10.0.0.0/33", "10.0.0", "x", "10.0.0.0/8/8", "::/129", "10.0.0.0/"])(
    "can't be configured as %s",
    (network) => {
      expect(() => new AddressPolicy([network])).toThrow(RangeError);
    },
  );
});
