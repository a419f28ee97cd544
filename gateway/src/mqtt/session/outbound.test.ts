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
  it("resolves with true when the device has acknowledged as the QoS requires", async () => {
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

  it("stops waiting when the command has ended, but does not use its packet identifier again", async () => {
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

  it("sends no more at the receive maximum; an acknowledgement calls `roomAgain` [MQTT-3.3.4-9]", async () => {
    const { outbound, sent, relieved } = setUp({ receiveMaximum: 1 });
    const first = outbound.publish("a", EMPTY, 1, 60);
    expect(await outbound.publish("b", EMPTY, 1, 60)).toBe(false);
    expect(await outbound.publish("c", EMPTY, 0, 60)).toBe(true);
    expect(sent).toHaveLength(2);
    outbound.acknowledged(1, 0, undefined);
    await first;
    expect(relieved()).toBe(1);
  });

  it("does not count ended commands of an earlier connection for the receive maximum", async () => {
    const { outbound } = setUp({ receiveMaximum: 1 }, [{ id: 7, command: "expired", released: false }]);
    const next = outbound.publish("next", EMPTY, 1, 60);
    outbound.acknowledged(8, 0, undefined);
    expect(await next).toBe(true);
    expect(outbound.close()).toEqual([]);
  });

  it("repeats PUBLISH with DUP, or PUBREL, with the same identifier after a reconnection [MQTT-4.4.0-1]", async () => {
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

  it("returns the unacknowledged commands when it is closed", async () => {
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

  it("refuses a command that is too large for the device [MQTT-3.1.2-24]", async () => {
    const { outbound, sent, refused } = setUp({ maximumPacketSize: 20 });
    expect(await outbound.publish("a", { topic: "t", payload: "x".repeat(30) }, 1, 60)).toBe(true);
    expect(sent).toEqual([]);
    expect(refused).toEqual(["a payload-too-large"]);
  });

  it("ignores the refusal of a message without a command, and returns no such message when it is closed", async () => {
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

  it("resolves with false for a message without a command that is too large", async () => {
    const { outbound, sent } = setUp({ maximumPacketSize: 20 });
    expect(await outbound.publish(undefined, { topic: "t", payload: "x".repeat(30) }, 1, undefined)).toBe(false);
    expect(sent).toEqual([]);
  });

  it("starts at 1 again after the identifier 65,535, and skips identifiers in use [MQTT-2.2.1-4]", () => {
    const { outbound, sent } = setUp({}, [
      { id: 0xffff, command: "x", released: true },
      { id: 1, command: "y", released: true },
    ]);
    void outbound.publish("a", EMPTY, 1, 60);
    expect(sent[0]?.subarray(5)).toEqual(Buffer.from([0, 2]));
  });
});
