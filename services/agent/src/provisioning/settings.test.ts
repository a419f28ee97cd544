import { createHmac } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { NAMELESS, OTHER_KEY, PLANT_CERTIFICATE, PLANT_KEY } from "../testing/plant-certificates.ts";
import { settingsOf } from "./settings.ts";

const base = { "broker-url": "mqtt://localhost", "ca-authentication": false, "client-id": "meter-1" };
const login = (more: Readonly<Record<string, unknown>>) => {
  const { clientId, username, password } = settingsOf({ ...base, ...more }, "/");
  return [clientId, username, password];
};

it("the agent logs in by a key that is derived from the secret of an enrolment group", () => {
  const secret = "7b1e0c52-3f64-4a8f-9d05-1c2b3a4d5e6f.f3Jm0b6nQ1xU8s2LrT4wYz7AhT7mQ2vK9xB4nC8wR3s";
  const key = createHmac("sha256", secret).update("meter-1").digest("base64url");
  expect(login({ "enrolment-secret": secret })).toEqual([
    "meter-1",
    "meter-1",
    `7b1e0c52-3f64-4a8f-9d05-1c2b3a4d5e6f.${key}`,
  ]);
});

it("the agent logs in by a claim code", () => {
  expect(login({ "claim-code": "K7XM-93TV" })).toEqual(["meter-1", "meter-1", "K7XM-93TV"]);
});

it("the agent logs in by a provision request's names and password", () => {
  expect(login({ username: "u", password: "p" })).toEqual(["meter-1", "u", "p"]);
});

it("the agent takes only one of password, enrolment secret and claim code", () => {
  expect(() => login({ password: "p", "claim-code": "K7XM-93TV" })).toThrow(/only one of/);
});

describe("a certificate of a customer's authority", () => {
  const read = (files: Readonly<Record<string, string>>, more: Readonly<Record<string, unknown>> = {}) => {
    const folder = mkdtempSync(join(tmpdir(), "fleetlog-settings-"));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
    const named = { "broker-url": "mqtts://localhost", "enrolment-certificate": "c.pem" };
    const { "client-id": _, ...common } = base;
    return settingsOf({ ...common, ...named, ...more }, folder);
  };
  const both = { "c.pem": PLANT_CERTIFICATE + PLANT_KEY };

  it("names the device; its key is in the same file or in another one", () => {
    const apart = read({ "c.pem": PLANT_CERTIFICATE, "c.key": PLANT_KEY }, { "enrolment-key": "c.key" });
    for (const settings of [read(both), apart]) {
      expect(settings).toMatchObject({ clientId: "meter-1", username: "meter-1", password: "" });
      expect(settings.enrolment).toMatchObject({
        ...{ cert: PLANT_CERTIFICATE, key: PLANT_KEY, device: "meter-1", issuer: "CN=meter-1, O=Plant" },
      });
    }
  });

  it("is refused without its key, a common name or TLS, and beside another credential, client id or user name", () => {
    const key = { "enrolment-key": "c.key" };
    expect(() => read({ "c.pem": PLANT_CERTIFICATE })).toThrow(/^enrolment-key: .*no private key/);
    expect(() => read({ "c.pem": PLANT_CERTIFICATE, "c.key": OTHER_KEY }, key)).toThrow(/^enrolment-key: .*not that/);
    expect(() => read({ ...both, "c.key": "x" }, key)).toThrow(/^enrolment-key/);
    expect(() => read({ "c.pem": PLANT_KEY })).toThrow(/^enrolment-certificate: .*no certificate/);
    expect(() => read({ "c.pem": NAMELESS })).toThrow(/^enrolment-certificate: .*common name/);
    expect(() => read(both, { "broker-url": "mqtt://localhost" })).toThrow(/^broker-url must be mqtts or wss/);
    expect(() => read(both, { "client-id": "meter-2" })).toThrow(/^client-id must be .*meter-1/);
    expect(() => read(both, { username: "u" })).toThrow(/^username must be .*meter-1/);
    expect(() => read(both, { password: "p" })).toThrow(/only one of/);
    expect(() => settingsOf({ ...base, "enrolment-key": "c.key" }, "/")).toThrow(/^enrolment-certificate must be/);
  });
});
