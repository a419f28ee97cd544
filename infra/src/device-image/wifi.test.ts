import { describe, expect, it } from "vitest";
import { wifi, wifiFiles } from "./wifi.ts";

const textOf = (ssid: string, path: string, country?: string) => {
  const found = wifiFiles(wifi(ssid, "correct horse", country)).find((file) => file.path === path);
  return String(found?.content);
};

describe("wifi", () => {
  it("derives the key by the test vector of IEEE 802.11, and writes the password to no file", () => {
    const { key } = wifi("IEEE", "password");
    expect(key).toBe("f42c6fc52df0ebef9ebb4b90b38a5f902e83fe1b135a70e23aed762e9710a12e");
    for (const { content } of wifiFiles(wifi("IEEE", "correct horse"))) expect(content).not.toContain("correct horse");
  });

  it("takes 64 hexadecimal digits as the key itself", () => {
    expect(wifi("hall", "AB".repeat(32)).key).toBe("ab".repeat(32));
  });

  it.each([
    ["n".repeat(33), "correct horse", "--wifi has 33 bytes"],
    ["hall", "short", "8 to 63"],
    ["hall", "täglich-neu", "8 to 63"],
  ])("refuses network %s with password %s, without showing the password", (ssid, password, message) => {
    let said = "";
    try {
      wifi(ssid, password);
    } catch (error) {
      said = String(error);
    }
    expect(said).toContain(message);
    expect(said).not.toContain(password);
  });

  it("writes files for NetworkManager and wpa_supplicant that only root may read", () => {
    const files = wifiFiles(wifi("hall", "correct horse", "DE"));
    const secrets = files.filter(({ secret }) => secret !== undefined);
    expect(secrets.map(({ path, mode }) => [path, mode])).toEqual([
      ["wifi/networkmanager", 0o600],
      ["wifi/wpa_supplicant", 0o600],
    ]);
    expect(textOf("hall", "wifi/wpa_supplicant", "DE")).toContain("country=DE\nnetwork={\n  ssid=68616c6c\n");
    expect(textOf("hall", "wifi/wpa_supplicant")).not.toContain("country");
  });

  it.each([
    ["hall 2", "ssid=hall 2\n"],
    [" hall", "ssid=32;104;97;108;108;\n"],
    ["a;b", "ssid=97;59;98;\n"],
    ["Käse\n[x]", "ssid=75;195;164;115;101;10;91;120;93;\n"],
  ])("writes the name %j so that NetworkManager reads the same name", (ssid, line) => {
    expect(textOf(ssid, "wifi/networkmanager")).toContain(line);
  });
});
