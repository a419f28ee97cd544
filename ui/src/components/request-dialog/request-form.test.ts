import { expect, it } from "vitest";
import { bodyOf, fieldOf, likeThis, type RequestFields } from "./request-form.ts";

const empty: RequestFields = {
  clientId: "mac",
  userName: "mac-serial",
  password: "",
  id: "",
  name: "",
  type: "",
  tags: [],
  activatesOn: "",
  expiresOn: "",
  maxRetries: "",
  generateActivationKey: false,
  overwrite: false,
  allowPlain: false,
  configuration: "",
  bundles: [],
  account: undefined,
};

it("the form omits empty fields", () => {
  expect(bodyOf(empty)).toEqual({ body: { clientId: "mac", userName: "mac-serial", device: {} } });
});

it("the form sends all filled fields", () => {
  const artifact = { name: "meter-app", version: "1.4.2" };
  const given: RequestFields = {
    ...empty,
    password: "s",
    id: "meter-7",
    name: "Meter 7",
    type: "meter",
    tags: ["a"],
    activatesOn: "2030-01-01T00:00",
    expiresOn: "2030-02-01T00:00",
    maxRetries: "0",
    generateActivationKey: true,
    overwrite: true,
    allowPlain: true,
    configuration: '{"interval":30}',
    bundles: [{ name: "app", artifact }],
    account: "north",
  };
  expect(bodyOf(given)).toEqual({
    body: {
      clientId: "mac",
      userName: "mac-serial",
      password: "s",
      activatesOn: new Date("2030-01-01T00:00").toISOString(),
      expiresOn: new Date("2030-02-01T00:00").toISOString(),
      maxRetries: 0,
      generateActivationKey: true,
      overwrite: true,
      allowPlain: true,
      device: { id: "meter-7", name: "Meter 7", type: "meter", tags: ["a"] },
      configuration: { interval: 30 },
      bundles: [{ name: "app", version: "1.4.2", artifact }],
      account: "north",
    },
  });
});

it("the form names each invalid field", () => {
  const wrong = { ...empty, clientId: "", maxRetries: "-1", configuration: "[1]" };
  expect(Object.keys((bodyOf(wrong) as { faults: object }).faults)).toEqual([
    "clientId",
    "maxRetries",
    "configuration",
  ]);
  expect(bodyOf({ ...empty, configuration: "{" })).toMatchObject({
    faults: { configuration: expect.stringMatching(/JSON/) },
  });
  const late = { activatesOn: "2030-02-01T00:00", expiresOn: "2030-01-01T00:00" };
  expect(bodyOf({ ...empty, ...late })).toMatchObject({ faults: { expiresOn: expect.any(String) } });
});

it.each([
  ["clientId", "clientId"],
  ["device.tags", "tags"],
  ["device.tags[0]", "tags"],
  ["configuration.interval", "configuration"],
  ["bundles[0].artifact", "bundles"],
  ["device", "form"],
  [undefined, "form"],
])("the form shows an error about %s at %s", (field, shown) => expect(fieldOf(field)).toBe(shown));

it("the form begins a copy of a request without its time window, and without a device id that equals the client id", () => {
  const like = likeThis({
    clientId: "mac",
    userName: "mac-serial",
    device: { id: "mac", tags: ["a"] },
    maxRetries: 2,
    activationKey: true,
    overwrite: false,
    allowPlain: true,
    bundles: [],
    expiresOn: "2020-01-01T00:00:00Z",
  } as unknown as Parameters<typeof likeThis>[0]);
  expect(bodyOf({ ...empty, ...like })).toEqual({
    body: {
      clientId: "mac",
      userName: "mac-serial",
      maxRetries: 2,
      generateActivationKey: true,
      allowPlain: true,
      device: { tags: ["a"] },
    },
  });
});
