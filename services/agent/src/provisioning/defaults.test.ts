import { syncBuiltinESMExports } from "node:module";
import os, { type NetworkInterfaceInfo } from "node:os";
import { afterEach, expect, it, vi } from "vitest";
import { settingsOf } from "./settings.ts";

const address = (mac: string, internal = false) =>
  ({
    address: "192.0.2.7",
    netmask: "255.255.255.0",
    family: "IPv4",
    mac,
    internal,
    cidr: null,
  }) as NetworkInterfaceInfo;

function withInterfaces(found: Record<string, NetworkInterfaceInfo[]>): void {
  vi.spyOn(os, "networkInterfaces").mockReturnValue(found);
  syncBuiltinESMExports();
}
afterEach(() => {
  vi.restoreAllMocks();
  syncBuiltinESMExports();
});

const LEAST = { "broker-url": "mqtt://localhost", "ca-authentication": false, serial: "S1" };

it("client id and user name begin with the first external interface's address; the user name ends with the serial number", () => {
  withInterfaces({
    lo: [address("00:00:00:00:00:00", true)],
    tun0: [address("00:00:00:00:00:00")],
    eth0: [address("00:90:e8:a1:b2:c3")],
    wlan0: [address("00:90:e8:ff:ff:ff")],
  });
  expect(settingsOf(LEAST, "/")).toMatchObject({ clientId: "0090E8A1B2C3", username: "0090E8A1B2C3-S1", password: "" });
  // The user name's default does not depend on the client id that is set.
  expect(settingsOf({ ...LEAST, "client-id": "meter-1" }, "/").username).toBe("0090E8A1B2C3-S1");
  expect(settingsOf({ ...LEAST, "client-id": "meter-1", "claim-code": "K7XM-93TV" }, "/").username).toBe("meter-1");
});

it("the other settings have the defaults of the documentation", () => {
  withInterfaces({});
  expect(settingsOf(LEAST, "/var/lib")).toEqual({
    ...{ enabled: false, provisioned: false, certificate: false, caAuthentication: false },
    ...{ brokerUrl: "mqtt://localhost", accountName: "provision", clientId: "000000000000" },
    ...{ username: "000000000000-S1", password: "", activationKey: undefined },
    ...{ timeoutMs: 60_000, retryIntervalMs: 60_000, retryMaxAttempts: -1 },
    ...{ proxy: undefined, ca: undefined, model: undefined, serial: "S1", data: "/var/lib/fleetlog-agent" },
  });
  const { "ca-authentication": _, ...signed } = LEAST;
  expect(() => settingsOf(signed, "/")).toThrow(/^ca must be a file, if ca-authentication is on/);
});

it("the serial number is the machine's", () => {
  withInterfaces({});
  const { serial: _, ...unnamed } = LEAST;
  const { serial, username } = settingsOf(unnamed, "/");
  expect(serial).toMatch(/^\S+$/);
  expect(username).toBe(`000000000000-${serial}`);
});

it.each([
  [
    { timeout: "5s", "retry-interval": 2 },
    { timeoutMs: 5_000, retryIntervalMs: 2_000 },
  ],
  [{ "retry-max-attempts": 0 }, { retryMaxAttempts: 0 }],
])("%j is taken", (given, expected) => {
  expect(settingsOf({ ...LEAST, ...given }, "/")).toMatchObject(expected);
});

it.each([
  [{ timeout: "soon" }, /^timeout must be a duration/],
  [{ timeout: 0 }, /^timeout must be a duration/],
  [{ "retry-interval": -1 }, /^retry-interval must be a duration/],
  [{ "retry-max-attempts": -2 }, /^retry-max-attempts must be -1 or more/],
  [{ "retry-max-attempts": 1.5 }, /^retry-max-attempts must be -1 or more/],
  [{ retries: 3 }, /^retries is not a setting; there are .*retry-max-attempts/],
])("%j is refused, naming the setting", (given, message) => {
  expect(() => settingsOf({ ...LEAST, ...given }, "/")).toThrow(message);
});
