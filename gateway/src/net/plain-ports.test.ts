import { describe, expect, it } from "vitest";
import { TrustedProxies } from "../settings/trusted-proxies.ts";
import { plainPorts } from "./plain-ports.ts";

const ports = { httpPort: 8080, mqttPort: 1883 } as const;

describe("plainPorts", () => {
  it.each(["127.0.0.1", "127.1.2.3", "::1", "localhost"])("has none on %s, which no other machine reaches", (host) => {
    expect(plainPorts({ ...ports, host })).toEqual([]);
  });

  it("names those that other machines reach and that are not off", () => {
    expect(plainPorts({ ...ports, host: "0.0.0.0" })).toEqual(["HTTP on 0.0.0.0:8080", "MQTT on 0.0.0.0:1883"]);
    expect(plainPorts({ ...ports, host: "::", httpPort: "off" })).toEqual(["MQTT on [::]:1883"]);
    expect(plainPorts({ ...ports, host: "10.0.0.7", httpPort: "off", mqttPort: "off" })).toEqual([]);
  });

  it("has none behind a trusted proxy", () => {
    expect(plainPorts({ ...ports, host: "0.0.0.0", trustedProxies: new TrustedProxies(["10.0.0.1"]) })).toEqual([]);
  });
});
