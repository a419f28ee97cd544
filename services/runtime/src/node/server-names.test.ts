import { describe, expect, it } from "vitest";
import { serverNames } from "./server-names.ts";

const machine = { name: "Plant-3", addresses: ["10.0.0.7", "127.0.0.1", "2001:db8::7"] };

describe("serverNames", () => {
  it("has the host of the public URL, this machine's name and the loopback names, in this order", () => {
    const names = serverNames({ host: "127.0.0.1", publicUrl: "https://fleet.example/fleet/" }, machine);
    expect(names).toEqual(["fleet.example", "plant-3", "localhost", "127.0.0.1", "::1"]);
  });

  it("has every address of this machine when the host is 0.0.0.0, and otherwise only the host", () => {
    expect(serverNames({ host: "0.0.0.0" }, machine)).toEqual([
      ...["plant-3", "localhost", "127.0.0.1", "::1"],
      ...["10.0.0.7", "2001:db8::7"],
    ]);
    expect(serverNames({ host: "10.0.0.7" }, machine)).toContain("10.0.0.7");
    expect(serverNames({ host: "10.0.0.7" }, machine)).not.toContain("2001:db8::7");
  });

  it("writes an IPv6 address of the public URL without brackets", () => {
    expect(serverNames({ host: "::", publicUrl: "https://[2001:db8::7]:8443" }, machine)[0]).toBe("2001:db8::7");
  });
});
