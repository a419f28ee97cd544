import { describe, expect, it } from "vitest";
import { DIALECTS } from "../dialects/list.ts";
import type { GatewaySettings } from "../settings/index.ts";
import { TrustedProxies } from "../settings/trusted-proxies.ts";
import { plainPorts } from "./plain-ports.ts";

const plain = (more: Partial<GatewaySettings>) =>
  plainPorts({ httpPort: 8080, mqttPort: 1883, ...more } as GatewaySettings, DIALECTS);

describe("plainPorts", () => {
  it.each(["127.0.0.1", "127.1.2.3", "::1", "localhost"])("is empty when the host is the loopback %s", (host) => {
    expect(plain({ host })).toEqual([]);
  });

  it("has the HTTP and MQTT ports that other machines can reach and that are not off", () => {
    expect(plain({ host: "0.0.0.0" })).toEqual(["HTTP on 0.0.0.0:8080", "MQTT on 0.0.0.0:1883"]);
    expect(plain({ host: "::", httpPort: "off" })).toEqual(["MQTT on [::]:1883"]);
    expect(plain({ host: "10.0.0.7", httpPort: "off", mqttPort: "off" })).toEqual([]);
  });

  it("is empty when there are trusted proxies", () => {
    expect(plain({ host: "0.0.0.0", trustedProxies: new TrustedProxies(["10.0.0.1"]) })).toEqual([]);
  });

  it("has the ports of older systems that are open and have no TLS", () => {
    const older = {
      edgebindPort: 9001,
      tpedmPort: 9002,
      libpyiotcloudPort: 9003,
      httpPort: "off",
      mqttPort: "off",
    } as const;
    expect(plain({ host: "10.0.0.7", ...older })).toEqual([
      "HTTP of tpedm on 10.0.0.7:9002",
      "WebSocket of edgebind on 10.0.0.7:9001",
    ]);
    expect(plain({ host: "127.0.0.1", ...older })).toEqual([]);
  });
});
