import { describe, expect, it } from "vitest";
import { TrustedProxies } from "../settings/trusted-proxies.ts";
import { plainPorts } from "./plain-ports.ts";

const ports = { httpPort: 8080, mqttPort: 1883 } as const;

describe("plainPorts", () => {
  it.each(["127.0.0.1", "127.1.2.3", "::1", "localhost"])("is empty when the host is the loopback %s", (host) => {
    expect(plainPorts({ ...ports, host })).toEqual([]);
  });

  it("has the HTTP and MQTT ports that other machines can reach and that are not off", () => {
    expect(plainPorts({ ...ports, host: "0.0.0.0" })).toEqual(["HTTP on 0.0.0.0:8080", "MQTT on 0.0.0.0:1883"]);
    expect(plainPorts({ ...ports, host: "::", httpPort: "off" })).toEqual(["MQTT on [::]:1883"]);
    expect(plainPorts({ ...ports, host: "10.0.0.7", httpPort: "off", mqttPort: "off" })).toEqual([]);
  });

  it("is empty when there are trusted proxies", () => {
    expect(plainPorts({ ...ports, host: "0.0.0.0", trustedProxies: new TrustedProxies(["10.0.0.1"]) })).toEqual([]);
  });
});
