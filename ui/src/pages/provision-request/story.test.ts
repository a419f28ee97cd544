import { expect, it } from "vitest";
import type { ProvisionRequestDetail } from "../../data/provisioning.ts";
import { nextOf, storyOf, unstoppable } from "./story.ts";

const request = (more: object) =>
  ({
    clientId: "mac",
    userName: "mac-s",
    tries: 1,
    maxRetries: 3,
    activationKey: true,
    state: "RUNNING",
    events: [],
    ...more,
  }) as unknown as ProvisionRequestDetail;
const event = (type: string, data: object = {}) => ({ type, data, time: "2026-01-01T00:00:00Z", seq: 1 });
const told = (...events: object[]) => storyOf(request({ events })).map(({ title, detail }) => `${title}: ${detail}`);

it("the story has a step for each event, with time and reason", () => {
  expect(
    told(
      event("ProvisionRequestCreated", { by: "ada" }),
      event("ProvisionStarted", { protocol: "mqtt", address: "10.0.0.7:1" }),
      event("ProvisionAccepted", { device: "mac", credential: "token", model: "M7", serial: "S1" }),
      event("ProvisionAccepted", { device: "mac", credential: "token" }),
      event("ProvisionProgressed", { state: "APPS_INSTALLING", bundle: "app" }),
      event("ProvisionFailed", { by: "device", error: { code: "disk-full", message: "no room" } }),
      event("ProvisionFailed", { by: "time-out", error: { code: "time-out", message: "5 min" } }),
      event("ProvisionAbandoned", { reason: "no-tries-left" }),
    ),
  ).toEqual([
    "Created: by ada, with an activation key",
    "The device logged in: MQTT, from 10.0.0.7:1",
    "The device got its credential: token for mac, M7 S1",
    "The device asked again and got another credential: token for mac",
    "It installs app: ",
    "Failed, as the device says: disk-full: no room",
    "Failed: nothing was heard in time: time-out: 5 min",
    "Abandoned: no tries are left",
  ]);
});

it.each([
  [{ state: "CREATED" }, "Waiting for a device to log in as mac with the user name mac-s."],
  [{ state: "CREATED", activatesOn: "2026-02-01T00:00:00Z" }, "No device is let in before it is active."],
  [{ state: "FAILED" }, "The device may try 3 times more."],
  [{ state: "FAILED", tries: 3 }, "The device may try once more."],
  [{ state: "FAILED", tries: 4 }, "No tries are left."],
  [{ state: "RUNNING" }, "Waiting for the device's next report."],
  [{ state: "COMPLETED" }, undefined],
])("the story says what a request waits for: %j", (more, expected) => {
  expect(nextOf(request(more), Date.parse("2026-01-15T00:00:00Z"))).toBe(expected);
});

it.each([
  ["CREATED", false],
  ["FAILED", true],
  ["CONF_UPDATED", true],
  ["APPS_INSTALLING", false],
  ["STOPPED", false],
])("the story says whether a request in state %s can't be stopped: %s", (state, expected) => {
  expect(unstoppable(request({ state })) !== undefined).toBe(expected);
});

it("the story says when a failed request can be stopped, and whether it ends by itself", () => {
  const until = "A failed request can't be stopped until the device begins another try.";
  expect(unstoppable(request({ state: "FAILED" }))).toBe(until);
  const expiring = request({ state: "FAILED", expiresOn: "2026-02-01T00:00:00Z" });
  expect(unstoppable(expiring)).toBe(`${until} Without one, it ends when it expires.`);
});
