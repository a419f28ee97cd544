import { createHmac } from "node:crypto";
import { expect, it } from "vitest";
import { settingsOf } from "./settings.ts";

const base = { "broker-url": "mqtt://localhost", "ca-authentication": false, "client-id": "meter-1" };
const login = (more: Readonly<Record<string, unknown>>) => {
  const { clientId, username, password } = settingsOf({ ...base, ...more }, "/");
  return [clientId, username, password];
};

it("logs in by a key that is derived from the secret of an enrolment group", () => {
  const secret = "7b1e0c52-3f64-4a8f-9d05-1c2b3a4d5e6f.f3Jm0b6nQ1xU8s2LrT4wYz7AhT7mQ2vK9xB4nC8wR3s";
  const key = createHmac("sha256", secret).update("meter-1").digest("base64url");
  expect(login({ "enrolment-secret": secret })).toEqual([
    "meter-1",
    "meter-1",
    `7b1e0c52-3f64-4a8f-9d05-1c2b3a4d5e6f.${key}`,
  ]);
});

it("logs in by a claim code", () => {
  expect(login({ "claim-code": "K7XM-93TV" })).toEqual(["meter-1", "meter-1", "K7XM-93TV"]);
});

it("logs in by a provision request's names and password", () => {
  expect(login({ username: "u", password: "p" })).toEqual(["meter-1", "u", "p"]);
});

it("takes only one of password, enrolment secret and claim code", () => {
  expect(() => login({ password: "p", "claim-code": "K7XM-93TV" })).toThrow(/only one of/);
});
