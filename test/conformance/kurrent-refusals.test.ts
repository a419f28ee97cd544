import {
  AccessDeniedError,
  jsonEvent,
  type KurrentDBClient,
  persistentSubscriptionToAllSettingsFromDefaults,
  persistentSubscriptionToStreamSettingsFromDefaults,
  UnsupportedError,
} from "@kurrent/kurrentdb-client";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type EndpointUnderTest, person, startEndpoint } from "../support/kurrent/endpoint.ts";

let under: EndpointUnderTest;
beforeAll(async () => {
  under = await startEndpoint();
  under.keys.set("flk_owner", person("owner"));
  await under.append("device", "pump", "DeviceRegistered", { tags: [] });
});
afterAll(() => under[Symbol.asyncDispose]());

const large = () => jsonEvent({ type: "Made", data: { text: "x".repeat(200_000) } });
const CALLS: Readonly<Record<string, (client: KurrentDBClient) => Promise<unknown>>> = {
  append: (client) => client.appendToStream("device-pump", jsonEvent({ type: "Made", data: {} })),
  "a large append": (client) => client.appendToStream("device-pump", [large(), large(), large()]),
  delete: (client) => client.deleteStream("device-pump"),
  tombstone: (client) => client.tombstoneStream("device-pump"),
  "set metadata": (client) => client.setStreamMetadata("device-pump", { maxCount: 1 }),
  "create a persistent subscription to a stream": (client) =>
    client.createPersistentSubscriptionToStream(
      "device-pump",
      "g",
      persistentSubscriptionToStreamSettingsFromDefaults(),
    ),
  "create a persistent subscription to $all": (client) =>
    client.createPersistentSubscriptionToAll("g", persistentSubscriptionToAllSettingsFromDefaults()),
  "update a persistent subscription": (client) =>
    client.updatePersistentSubscriptionToStream(
      "device-pump",
      "g",
      persistentSubscriptionToStreamSettingsFromDefaults(),
    ),
  "delete a persistent subscription": (client) => client.deletePersistentSubscriptionToStream("device-pump", "g"),
  "list persistent subscriptions": (client) => client.listAllPersistentSubscriptions(),
  "read a persistent subscription": (client) => client.getPersistentSubscriptionToStreamInfo("device-pump", "g"),
  "subscribe persistently": (client) =>
    new Promise((resolve, reject) => {
      client.subscribeToPersistentSubscriptionToStream("device-pump", "g").on("error", reject).on("data", resolve);
    }),
};

it.each(Object.entries(CALLS))("%s is refused with the client's own error", async (_, call) => {
  await expect(call(under.connect("flk_owner"))).rejects.toThrow(AccessDeniedError);
  await expect(call(under.connect("flk_wrong"))).rejects.toThrow(AccessDeniedError);
  expect((await under.backbone.log.state("FLEET")).lastSeq).toBe(1);
});

it("appends to several streams are not supported, as with an older server", async () => {
  await expect(under.connect("flk_owner").multiStreamAppend([])).rejects.toThrow(UnsupportedError);
});
