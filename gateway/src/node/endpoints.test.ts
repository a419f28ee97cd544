import { expect, it } from "vitest";
import { endpointsOf } from "./endpoints.ts";

it("the addresses for devices have the host of the public URL, and TLS if a TLS port is open", () => {
  const ports = { http: 3000, mqtt: 1883, https: 3443, mqtts: 8883 };
  expect(endpointsOf({ publicUrl: "https://example.com/fleet/", host: "0.0.0.0", ports })).toEqual({
    mqtt: "mqtts://example.com:8883",
    websocket: "wss://example.com/fleet/device",
    http: "https://example.com/fleet",
  });
  expect(
    endpointsOf({ publicUrl: "http://fleet.example:8080", host: "::", ports: { http: 3000, mqtt: 1884 } }),
  ).toEqual({
    mqtt: "mqtt://fleet.example:1884",
    websocket: "ws://fleet.example:8080/device",
    http: "http://fleet.example:8080",
  });
});

it("the addresses for devices have this node's host without a public URL, and no MQTT if its port is closed", () => {
  expect(endpointsOf({ publicUrl: undefined, host: "127.0.0.1", ports: { http: 3000, https: 3443 } })).toEqual({
    websocket: "wss://127.0.0.1:3443/device",
    http: "https://127.0.0.1:3443",
  });
  expect(endpointsOf({ publicUrl: undefined, host: "::1", ports: { http: 3000 } }).http).toBe("http://[::1]:3000");
});
