import { describe, expect, it } from "vitest";
import { nearest } from "./nearest.ts";

describe("nearest", () => {
  const names = ["LEASE_TTL", "FLEET", "HTTP_PORT", "MQTT_PORT", "TLS_CERT", "SITE", "HOST"];

  it.each([
    ["LEASE_TLT", "LEASE_TTL"],
    ["FLET", "FLEET"],
    ["HTTP_PROT", "HTTP_PORT"],
    ["MQTTPORT", "MQTT_PORT"],
    ["TLS_CERTIFICATE", "TLS_CERT"],
    ["LEASE", "LEASE_TTL"],
    ["HOSTS", "HOST"],
  ])("corrects %s to %s", (given, meant) => {
    expect(nearest(given, names)).toBe(meant);
  });

  it.each(["FLOOR", "PORT", "TIME", "FLY", "TTL", "POST_OFFICE", "MIN_COST", ""])("finds nothing for %j", (given) => {
    expect(nearest(given, names)).toBeUndefined();
  });
});
