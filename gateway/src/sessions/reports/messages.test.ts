import { FleetError } from "@fleetlog/domain";
import { expect, it } from "vitest";
import type { SessionContext } from "../context.ts";
import { sendMessage } from "./messages.ts";

it("the gateway sends one message of a device at a time, and does not make other devices wait", async () => {
  const begun: string[] = [];
  const { promise: stored, resolve: release } = Promise.withResolvers<void>();
  const deviceMessages = {
    async deliveryOf(device: string, { packetId }: { packetId: number }) {
      begun.push(`${device} ${packetId}`);
      if (packetId === 1) await stored;
      throw new FleetError("log-unavailable", "away");
    },
  };
  const context = { deviceMessages } as unknown as SessionContext;
  const send = (device: string, packetId: number) =>
    sendMessage(
      context,
      { device, account: "main" },
      { recipient: "ada@example.org", text: "x", publication: { packetId, isRepeated: false } },
    );
  const sent = Promise.allSettled([send("pump", 1), send("pump", 2), send("fan", 3)]);
  await expect(send("fan", 4)).rejects.toThrow("away");
  expect(begun).toEqual(["pump 1", "fan 3", "fan 4"]);
  release();
  await sent;
  expect(begun).toEqual(["pump 1", "fan 3", "fan 4", "pump 2"]);
});
