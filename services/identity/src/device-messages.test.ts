import { randomBytes } from "node:crypto";
import { memoryBackbone } from "@fleetlog/log";
import { beforeEach, expect, it } from "vitest";
import { DeviceMessages } from "./device-messages.ts";
import { sealerOf } from "./installation/sealer.ts";

let messages: DeviceMessages;
let other: DeviceMessages;
let buckets: ReturnType<typeof memoryBackbone>["buckets"];
beforeEach(() => {
  ({ buckets } = memoryBackbone());
  const sealer = sealerOf(randomBytes(32));
  messages = new DeviceMessages(buckets, sealer);
  other = new DeviceMessages(buckets, sealer);
});

const first = { packetId: 7, isRepeated: false };
const again = { packetId: 7, isRepeated: true };

it("a repeated message gets the first delivery, at any node", async () => {
  expect(await messages.deliveryOf("d1", first, "hot", "a")).toBe("a");
  expect(await messages.deliveryOf("d1", again, "hot", "b")).toBe("a");
  expect(await other.deliveryOf("d1", again, "hot", "c")).toBe("a");
});

it("another content, packet id or device gets a new delivery", async () => {
  await messages.deliveryOf("d1", first, "hot", "a");
  expect(await messages.deliveryOf("d2", again, "hot", "b")).toBe("b");
  expect(await messages.deliveryOf("d1", { packetId: 8, isRepeated: true }, "hot", "c")).toBe("c");
  expect(await messages.deliveryOf("d1", again, "cold", "d")).toBe("d");
  expect(await messages.deliveryOf("d1", again, "cold", "e")).toBe("d");
});

it("an equal message that is not marked as repeated gets a new delivery", async () => {
  await messages.deliveryOf("d1", first, "hot", "a");
  expect(await messages.deliveryOf("d1", first, "hot", "b")).toBe("b");
  expect(await messages.deliveryOf("d1", again, "hot", "c")).toBe("b");
});

it("a device's newest messages are stored without their text, even concurrent ones", async () => {
  const sendings = Array.from({ length: 50 }, (_, packetId) => ({ packetId, isRepeated: false }));
  await Promise.all(
    sendings.map((one) => messages.deliveryOf("d1", one, "to ada@example.org", `delivery ${one.packetId}`)),
  );
  const [entry] = await (await buckets.open("device-messages", { maxBytes: 1 })).entries();
  expect(entry).toHaveProperty("value.recent.length", 20);
  expect(JSON.stringify(entry)).not.toContain("ada");
});
