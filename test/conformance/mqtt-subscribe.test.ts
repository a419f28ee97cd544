import { cancelCommand } from "@fleetlog/fleet";
import { describe, expect, it } from "vitest";
import { eventually } from "../support/eventually.ts";
import { TESTER } from "../support/gateway-parts.ts";
import { type MqttTestEndpoint, startMqttEndpoint } from "../support/mqtt-endpoint.ts";
import { rawDevice } from "../support/raw-device.ts";
import {
  type ConnectFields,
  disconnectOf,
  type Level,
  packet,
  properties,
  publish,
  type RawMqtt,
  type Received,
  subscribe,
  text,
  u16,
  u32,
  unsubscribe,
} from "../support/raw-mqtt.ts";

const SUBACK = 9;
const UNSUBACK = 11;
const PUBLISH = 3;
const PUBREL = 6;

async function start(level: Level, fields: Omit<ConnectFields, "level"> = {}) {
  const node = await startMqttEndpoint();
  const token = await node.register("d1");
  const { peer } = await rawDevice(node, "d1", token, { level, ...fields });
  return { node, token, peer, [Symbol.asyncDispose]: () => node[Symbol.asyncDispose]() };
}

function codesOf(level: Level, { body }: Received): number[] {
  return [...body.subarray(level === 5 ? 3 : 2)];
}

interface Command {
  readonly topic: string;
  readonly qos: number;
  readonly dup: boolean;
  readonly id: number;
  readonly message: { id: string; name: string };
}

function commandOf(level: Level, { type, flags, body }: Received): Command {
  expect(type).toBe(PUBLISH);
  const qos = (flags >> 1) & 3;
  const length = body.readUInt16BE(0);
  const after = 2 + length + (qos > 0 ? 2 : 0);
  return {
    topic: body.toString("utf8", 2, 2 + length),
    qos,
    dup: (flags & 8) !== 0,
    id: qos > 0 ? body.readUInt16BE(2 + length) : 0,
    // The properties of MQTT 5 precede the payload; their length is one byte.
    message: JSON.parse(body.toString("utf8", after + (level === 5 ? 1 + body.readUInt8(after) : 0))),
  };
}

async function types(node: MqttTestEndpoint): Promise<string[]> {
  return (await node.events("d1", "command")).map(({ type }) => type);
}

/** Checks that no packet is pending: the next packet answers a PINGREQ. */
async function isSilent(peer: RawMqtt): Promise<void> {
  peer.send(Buffer.from([0xc0, 0]));
  expect((await peer.next()).type).toBe(13);
}

describe.each([3, 4, 5] as const)("SUBSCRIBE at level %i", (level) => {
  const refused = level === 5 ? 0x87 : 0x80;

  it("grants the requested QoS to filters within me/, and refuses all others [MQTT-3.8.4-6]", async () => {
    await using run = await start(level);
    const { peer } = run;
    peer.send(
      subscribe(
        level,
        7,
        ["me/#", 0],
        ["me/command/+", 1],
        ["me/command/#", 2],
        ["me/+/+", 1],
        ["me/whatever", 2],
        ["#", 1],
        ["+/command/+", 1],
        ["d2/command/+", 1],
        ["/me/#", 1],
        ["$SYS/#", 0],
        ["me", 0],
      ),
    );
    const suback = await peer.next();
    expect(suback.type).toBe(SUBACK);
    expect(suback.body.readUInt16BE(0)).toBe(7);
    expect(codesOf(level, suback)).toEqual([0, 1, 2, 1, 2, refused, refused, refused, refused, refused, refused]);
  });

  it("is refused for a shared subscription", async () => {
    await using run = await start(level);
    run.peer.send(subscribe(level, 1, ["$share/group/me/command/+", 1]));
    expect(codesOf(level, await run.peer.next())).toEqual([level === 5 ? 0x9e : 0x80]);
  });

  it("is refused for filters above the limit", async () => {
    await using run = await start(level);
    const filters = Array.from({ length: 33 }, (_, i) => [`me/${i}`, 0] as const);
    run.peer.send(subscribe(level, 1, ...filters));
    expect(codesOf(level, await run.peer.next())).toEqual([
      ...filters.slice(0, 32).map(() => 0),
      level === 5 ? 0x97 : 0x80,
    ]);
    run.peer.send(subscribe(level, 2, ["me/3", 2]));
    expect(codesOf(level, await run.peer.next())).toEqual([2]);
  });

  it.each([
    { what: "no filter [MQTT-3.8.3-2]", bytes: subscribe(level, 1) },
    { what: "an empty filter [MQTT-4.7.3-1]", bytes: subscribe(level, 1, ["", 0]) },
    { what: "a # that is not last [MQTT-4.7.1-1]", bytes: subscribe(level, 1, ["me/#/x", 0]) },
    { what: "a # within a level", bytes: subscribe(level, 1, ["me/x#", 0]) },
    { what: "a + within a level [MQTT-4.7.1-2]", bytes: subscribe(level, 1, ["me/x+/y", 0]) },
    { what: "QoS 3 [MQTT-3.8.3-4]", bytes: subscribe(level, 1, ["me/#", 3]) },
    { what: "reserved option bits [MQTT-3.8.3-5]", bytes: subscribe(level, 1, ["me/#", 0x40]) },
    { what: "packet identifier 0", bytes: subscribe(level, 0, ["me/#", 0]) },
    {
      what: "wrong flags [MQTT-3.8.1-1]",
      bytes: packet(0x80, u16(1), level === 5 ? properties() : [], text("me/#"), [0]),
    },
    { what: "a filter without options", bytes: packet(0x82, u16(1), level === 5 ? properties() : [], text("me/#")) },
    { what: "UNSUBSCRIBE without a filter [MQTT-3.10.3-2]", bytes: unsubscribe(level, 1) },
    {
      what: "UNSUBSCRIBE with wrong flags",
      bytes: packet(0xa0, u16(1), level === 5 ? properties() : [], text("me/#")),
    },
  ])("an invalid packet ($what) closes the connection", async ({ bytes }) => {
    await using run = await start(level);
    run.peer.send(bytes);
    const received = await run.peer.untilClosed();
    if (level === 5) expect([0x81, 0x82]).toContain(disconnectOf(received));
    else expect(received).toEqual([]);
  });

  it("is undone by UNSUBSCRIBE, which is answered for every filter [MQTT-3.10.4-4]", async () => {
    await using run = await start(level);
    const { node, peer } = run;
    peer.send(subscribe(level, 1, ["me/command/+", 1]));
    await peer.next();
    peer.send(unsubscribe(level, 2, "me/command/+", "me/never"));
    const unsuback = await peer.next();
    expect(unsuback.type).toBe(UNSUBACK);
    expect(unsuback.body.readUInt16BE(0)).toBe(2);
    expect(codesOf(level, unsuback)).toEqual(level === 5 ? [0, 0x11] : []);
    await node.issue("d1", "reboot");
    await isSilent(peer);
    expect(await types(node)).toEqual(["CommandIssued"]);
  });
});

describe.each([3, 4, 5] as const)("a command at level %i", (level) => {
  const subscribed = async (peer: RawMqtt, qos: number) => {
    peer.send(subscribe(level, 1, ["me/command/+", qos]));
    await peer.next();
  };

  it("counts as delivered once the device has acknowledged it, and then the next command follows", async () => {
    await using run = await start(level);
    const { node, peer } = run;
    const first = await node.issue("d1", "one");
    const second = await node.issue("d1", "two");
    await isSilent(peer);
    await subscribed(peer, 1);
    const one = commandOf(level, await peer.next());
    expect(one).toMatchObject({ topic: `me/command/${first.id}`, qos: 1, dup: false, message: { name: "one" } });
    await isSilent(peer);
    expect(await types(node)).toEqual(["CommandIssued", "CommandIssued"]);
    peer.send(packet(0x40, u16(one.id)));
    const two = commandOf(level, await peer.next());
    expect(two.message.id).toBe(second.id);
    expect(two.id).not.toBe(one.id);
    await eventually(async () =>
      expect(await types(node)).toEqual(["CommandIssued", "CommandIssued", "CommandDelivered"]),
    );
    peer.send(packet(0x40, u16(two.id)));
    await eventually(async () => expect(await types(node)).toHaveLength(4));
  });

  it("with QoS 2 takes four packets [MQTT-4.3.3-1 to -7]", async () => {
    await using run = await start(level);
    const { node, peer } = run;
    await subscribed(peer, 2);
    await node.issue("d1", "once");
    const { id } = commandOf(level, await peer.next());
    peer.send(packet(0x50, u16(id)));
    expect(await peer.next()).toEqual({ type: PUBREL, flags: 2, body: u16(id) });
    expect(await types(node)).toEqual(["CommandIssued"]);
    peer.send(packet(0x50, u16(id)));
    expect(await peer.next()).toEqual({ type: PUBREL, flags: 2, body: u16(id) });
    peer.send(packet(0x70, u16(id)));
    await eventually(async () => expect(await types(node)).toEqual(["CommandIssued", "CommandDelivered"]));
    // PUBREL for an unknown identifier makes the device forget it.
    peer.send(packet(0x50, u16(4_711)));
    expect(await peer.next()).toEqual({
      type: PUBREL,
      flags: 2,
      body: level === 5 ? Buffer.from([0x12, 0x67, 0x92, 0]) : u16(4_711),
    });
    peer.send(packet(0x40, u16(4_712)), packet(0x70, u16(4_713)));
    await isSilent(peer);
  });

  it("with QoS 0 counts as delivered when it is written", async () => {
    await using run = await start(level);
    const { node, peer } = run;
    await subscribed(peer, 0);
    await node.issue("d1", "once");
    expect(commandOf(level, await peer.next())).toMatchObject({ qos: 0, dup: false });
    await eventually(async () => expect(await types(node)).toEqual(["CommandIssued", "CommandDelivered"]));
  });

  it("is sent with the highest QoS of the matching filters [MQTT-3.3.5-1]", async () => {
    await using run = await start(level);
    const { node, peer } = run;
    peer.send(subscribe(level, 1, ["me/#", 0], ["me/command/+", 2], ["me/+/+", 1]));
    await peer.next();
    await node.issue("d1", "once");
    expect(commandOf(level, await peer.next()).qos).toBe(2);
    await isSilent(peer);
  });
});

describe.each([3, 4, 5] as const)("a device that acknowledges no command, at level %i", (level) => {
  it.each([1, 2])("receives its next command when the first has ended, with QoS %i", async (qos) => {
    await using run = await start(level);
    const { node, peer } = run;
    peer.send(subscribe(level, 1, ["me/command/+", qos]));
    await peer.next();
    const first = await node.issue("d1", "first");
    const second = await node.issue("d1", "second");
    const third = await node.issue("d1", "third");
    expect(commandOf(level, await peer.next()).message.id).toBe(first.id);
    await isSilent(peer);
    await cancelCommand(node.fleet, TESTER, first.id);
    expect(commandOf(level, await peer.next()).message.id).toBe(second.id);
    // A result implies the acknowledgement.
    const payload = '{"ok":true}';
    peer.send(publish({ level, topic: `me/command/${second.id}/result`, payload, qos: 1, id: 9 }));
    const received = [await peer.next(), await peer.next()].toSorted((a, b) => a.type - b.type);
    expect(received.map(({ type }) => type)).toEqual([PUBLISH, 4]);
    expect(commandOf(level, received[0] as Received).message.id).toBe(third.id);
  });
});

describe("SUBSCRIBE of MQTT 5", () => {
  it.each([
    {
      what: "a subscription identifier [MQTT5 3.2.2.3.12]",
      bytes: packet(0x82, u16(1), properties([0x0b, 5]), text("me/#"), [0]),
      code: 0xa1,
    },
    {
      what: "subscription identifier 0",
      bytes: packet(0x82, u16(1), properties([0x0b, 0]), text("me/#"), [0]),
      code: 0x82,
    },
    { what: "retain handling 3", bytes: subscribe(5, 1, ["me/#", 0x30]), code: 0x82 },
    {
      what: "no local with a shared subscription [MQTT-3.8.3-4]",
      bytes: subscribe(5, 1, ["$share/g/me/#", 0x04]),
      code: 0x82,
    },
  ])("with $what closes the connection", async ({ bytes, code }) => {
    await using run = await start(5);
    run.peer.send(bytes);
    expect(disconnectOf(await run.peer.untilClosed())).toBe(code);
  });

  it("a malformed filter in UNSUBSCRIBE is answered with its reason code", async () => {
    await using run = await start(5);
    run.peer.send(unsubscribe(5, 1, "me/#/x"));
    expect(codesOf(5, await run.peer.next())).toEqual([0x8f]);
  });
});

describe("a command of MQTT 5", () => {
  it("fails with the device's reason when the device refuses the command", async () => {
    await using run = await start(5);
    const { node, peer } = run;
    peer.send(subscribe(5, 1, ["me/command/+", 1]));
    await peer.next();
    await node.issue("d1", "one");
    const { id } = commandOf(5, await peer.next());
    peer.send(packet(0x40, u16(id), [0x99], properties([0x1f], text("what is that?"))));
    await eventually(async () => {
      expect((await node.events("d1", "command")).at(-1)).toMatchObject({
        type: "CommandFailed",
        data: { error: { code: "mqtt-153", message: "what is that?" } },
      });
    });
  });

  it("is not released when it is refused with QoS 2 [MQTT-4.3.3-4]", async () => {
    await using run = await start(5);
    const { node, peer } = run;
    peer.send(subscribe(5, 1, ["me/command/+", 2]));
    await peer.next();
    await node.issue("d1", "one");
    const { id } = commandOf(5, await peer.next());
    peer.send(packet(0x50, u16(id), [0x97], properties()));
    await eventually(async () => expect((await types(node)).at(-1)).toBe("CommandFailed"));
    await isSilent(peer);
  });

  it.each([
    ["SUBACK", (filters: [string, number][]) => subscribe(5, 1, ...filters)],
    ["UNSUBACK", (filters: [string, number][]) => unsubscribe(5, 1, ...filters.map(([filter]) => filter))],
  ])("the connection closes if the %s would be larger than the client accepts [MQTT-3.1.2-24]", async (_, request) => {
    await using run = await start(5, { properties: properties([0x27], u32(50)) });
    run.peer.send(request(Array.from({ length: 60 }, (_, n) => [`me/${n}`, 1])));
    expect(disconnectOf(await run.peer.untilClosed())).toBe(0x95);
  });

  it("fails when it is larger than the device accepts [MQTT-3.1.2-24]", async () => {
    await using run = await start(5, { properties: properties([0x27], u32(300)) });
    const { node, peer } = run;
    peer.send(subscribe(5, 1, ["me/command/+", 1]));
    await peer.next();
    const large = await node.issue("d1", "large", { text: "x".repeat(300) });
    const small = await node.issue("d1", "small");
    expect(commandOf(5, await peer.next()).message.id).toBe(small.id);
    await eventually(async () => {
      const ended = (await node.events("d1", "command")).find(({ type }) => type === "CommandFailed");
      expect(ended?.data).toMatchObject({ command: large.id, error: { code: "payload-too-large" } });
    });
  });
});
