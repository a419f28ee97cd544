import { FleetError } from "@fleetlog/domain";
import { PROVISION_TOPICS } from "@fleetlog/protocol";
import { expect, it } from "vitest";
import { provisioningMqtt } from "./mqtt.ts";

function read(payload: string | Buffer, topic: string = PROVISION_TOPICS.progress): unknown {
  const found = provisioningMqtt.publishTopics.find((one) => one.topic === topic);
  return found?.read(Buffer.from(payload), topic, provisioningMqtt.converse({} as never, {} as never));
}

const failed = (code: string) => `{"state":"FAILED","error":{"code":${code},"message":"disk full"}}`;

it("a provisioning device's progress is read from JSON", () => {
  const error = { code: 28, message: "disk full" };
  expect(read(failed("28"))).toEqual({ kind: "provision-progress", progress: { state: "FAILED", error } });
});

it.each([
  ["a number that would be stored as another one", failed("9007199254740993"), "error.code"],
  ["text that is not JSON", "FAILED", "payload"],
  ["bytes that are not UTF-8", Buffer.from([0x22, 0xff, 0x22]), "payload"],
])("a provisioning device's progress is refused with %s", (_, payload, field) => {
  let refusal: unknown;
  try {
    read(payload);
  } catch (error) {
    refusal = error;
  }
  expect(refusal).toBeInstanceOf(FleetError);
  expect(refusal).toMatchObject({ code: "invalid-request", field });
});

it.each([
  ["text that is not JSON", "{", "payload"],
  ["a key of a wrong type", '{"activationKey":5}', "activationKey"],
  ["another account", '{"account":"main"}', "account"],
  ["a list", "[]", "payload"],
])("a provisioning device's question is answered with an error if it is %s", (_, payload, field) => {
  expect(read(payload, PROVISION_TOPICS.request)).toMatchObject({
    kind: "provision-ask",
    ask: expect.objectContaining({ code: "invalid-request", field }),
  });
});
