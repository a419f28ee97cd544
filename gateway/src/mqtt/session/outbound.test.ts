import { describe, expect, it } from "vitest";
import type { Client } from "./client.ts";
import { Outbound, type Sent } from "./outbound.ts";

const EMPTY = { topic: "t", payload: "" };

function setUp(client: Partial<Client> = {}, resumed: readonly Sent[] = []) {
  const sent: Buffer[] = [];
  const refused: string[] = [];
  let relieved = 0;
  const outbound = new Outbound(
    {
      client: {
        level: 4,
        clean: false,
        keepAliveSeconds: 0,
        expirySeconds: 60,
        receiveMaximum: 0xffff,
        maximumPacketSize: 0xffff_ffff,
        problemInformation: true,
        lowered: {},
        ...client,
      },
      send: (bytes) => sent.push(bytes),
      written: () => Promise.resolve(true),
      refused: (command, code) => refused.push(`${command} ${code}`),
      roomAgain: () => relieved++,
    },
    resumed,
  );
  return { outbound, sent, refused, relieved: () => relieved };
}

describe("Outbound", () => {
  it("settles with the acknowledgement that its QoS has", async () => {
    const { outbound } = setUp();
    expect(await outbound.publish("a", EMPTY, 0, 60)).toBe(true);
    const once = outbound.publish("b", EMPTY, 1, 60);
    outbound.acknowledged(1, 0, undefined);
    expect(await once).toBe(true);
    const exactly = outbound.publish("c", EMPTY, 2, 60);
    outbound.completed(2);
    outbound.received(2, 0, undefined);
    outbound.completed(2);
    expect(await exactly).toBe(true);
    expect(outbound.sent()).toEqual([]);
  });

  it("waits no longer for the acknowledgement of what has ended, and keeps its identifier until it comes", async () => {
    const { outbound, sent } = setUp();
    const first = outbound.publish("a", EMPTY, 2, 60);
    outbound.forget("unheard-of");
    outbound.forget("a");
    expect(await first).toBe(true);
    outbound.received(1, 0, undefined);
    expect(sent.at(-1)?.[0]).toBe(0x62);
    const second = outbound.publish("b", EMPTY, 1, 60);
    outbound.completed(1);
    expect(outbound.sent()).toMatchObject([{ id: 2, command: "b" }]);
    outbound.acknowledged(2, 0, undefined);
    expect(await second).toBe(true);
  });

  it("holds back at the receive maximum, and says when there is room [MQTT-3.3.4-9]", async () => {
    const { outbound, sent, relieved } = setUp({ receiveMaximum: 1 });
    const first = outbound.publish("a", EMPTY, 1, 60);
    expect(await outbound.publish("b", EMPTY, 1, 60)).toBe(false);
    expect(await outbound.publish("c", EMPTY, 0, 60)).toBe(true);
    expect(sent).toHaveLength(2);
    outbound.acknowledged(1, 0, undefined);
    await first;
    expect(relieved()).toBe(1);
  });

  it("is not held back by what an earlier connection sent and this one has no use for", async () => {
    const { outbound } = setUp({ receiveMaximum: 1 }, [{ id: 7, command: "expired", released: false }]);
    const next = outbound.publish("next", EMPTY, 1, 60);
    outbound.acknowledged(8, 0, undefined);
    expect(await next).toBe(true);
    expect(outbound.close()).toEqual([]);
  });

  it("sends again with the same identifier and DUP, and releases again [MQTT-4.4.0-1]", async () => {
    const { outbound, sent } = setUp({}, [
      { id: 7, command: "a", released: false },
      { id: 9, command: "b", released: true },
    ]);
    outbound.resume();
    expect(sent.splice(0)).toEqual([Buffer.from([0x62, 2, 0, 9])]);
    void outbound.publish("a", { topic: "t", payload: "x" }, 1, 60);
    expect(sent.splice(0)).toEqual([Buffer.from([0x3a, 6, 0, 1, 0x74, 0, 7, 0x78])]);
    const released = outbound.publish("b", { topic: "t", payload: "x" }, 2, 60);
    expect(sent).toEqual([]);
    outbound.completed(9);
    expect(await released).toBe(true);
  });

  it("leaves to the session what was not acknowledged", async () => {
    const { outbound } = setUp();
    const one = outbound.publish("a", EMPTY, 1, 60);
    const two = outbound.publish("b", EMPTY, 2, 60);
    outbound.received(2, 0, undefined);
    expect(outbound.close()).toEqual([
      { id: 1, command: "a", released: false },
      { id: 2, command: "b", released: true },
    ]);
    expect(await Promise.all([one, two])).toEqual([false, false]);
    expect(await outbound.publish("c", EMPTY, 1, 60)).toBe(false);
  });

  it("does not send what is too large [MQTT-3.1.2-24]", async () => {
    const { outbound, sent, refused } = setUp({ maximumPacketSize: 20 });
    expect(await outbound.publish("a", { topic: "t", payload: "x".repeat(30) }, 1, 60)).toBe(true);
    expect(sent).toEqual([]);
    expect(refused).toEqual(["a payload-too-large"]);
  });

  it("does not send a message of the dialect again, nor keep it for the next connection", async () => {
    const { outbound, sent, refused, relieved } = setUp({ receiveMaximum: 1 });
    const asked = outbound.publish(undefined, EMPTY, 1, undefined);
    expect(await outbound.publish("a", EMPTY, 1, 60)).toBe(false);
    outbound.acknowledged(1, 0x87, undefined);
    expect(await asked).toBe(true);
    expect(relieved()).toBe(1);
    void outbound.publish(undefined, EMPTY, 1, undefined);
    void outbound.publish(undefined, EMPTY, 0, undefined);
    expect(sent).toHaveLength(3);
    expect(outbound.close()).toEqual([]);
    expect(refused).toEqual([]);
  });

  it("says of a message of the dialect that is too large that it was not sent", async () => {
    const { outbound, sent } = setUp({ maximumPacketSize: 20 });
    expect(await outbound.publish(undefined, { topic: "t", payload: "x".repeat(30) }, 1, undefined)).toBe(false);
    expect(sent).toEqual([]);
  });

  it("gives no identifier twice, and begins anew after the last [MQTT-2.2.1-4]", () => {
    const { outbound, sent } = setUp({}, [
      { id: 0xffff, command: "x", released: true },
      { id: 1, command: "y", released: true },
    ]);
    void outbound.publish("a", EMPTY, 1, 60);
    expect(sent[0]?.subarray(5)).toEqual(Buffer.from([0, 2]));
  });
});
