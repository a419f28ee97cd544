import { retireDevice } from "@fleetlog/fleet";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { eventually } from "../support/eventually.ts";
import { TESTER } from "../support/gateway-parts.ts";
import { type MqttTestEndpoint, startMqttEndpoint } from "../support/mqtt-endpoint.ts";
import { rawDevice } from "../support/raw-device.ts";
import {
  type ConnectFields,
  connackOf,
  connect,
  disconnectOf,
  type Level,
  PINGREQ,
  packet,
  properties,
  publish,
  RawMqtt,
  reasonStringOf,
  text,
  u16,
  u32,
} from "../support/raw-mqtt.ts";

let node: MqttTestEndpoint;
let token: string;

beforeAll(async () => {
  node = await startMqttEndpoint();
  token = await node.register("d1");
});
afterAll(() => node[Symbol.asyncDispose]());

async function answerTo(...bytes: Buffer[]): Promise<number | undefined> {
  const peer = new RawMqtt(node.port);
  peer.send(...bytes);
  const received = await peer.untilClosed();
  expect(received.length).toBeLessThanOrEqual(1);
  const [first] = received;
  return first === undefined ? undefined : connackOf(first).code;
}

function good(fields: ConnectFields = {}): Buffer {
  return connect({ clientId: "d1", userName: "d1", password: token, ...fields });
}

const LEVELS: readonly Level[] = [3, 4, 5];
const BAD_ID = { 3: 0x02, 4: 0x02, 5: 0x85 } as const;
const BAD_CREDENTIALS = { 3: 0x04, 4: 0x04, 5: 0x86 } as const;

describe.each(LEVELS)("CONNECT of level %i", (level) => {
  it("is accepted with a device's id as client id and user name, and its token", async () => {
    const { peer, connack } = await rawDevice(node, "d1", token, { level });
    expect(connack.flags).toBe(0);
    expect(connack.body[0]).toBe(0);
    peer.send(PINGREQ);
    expect(await peer.next()).toEqual({ type: 13, flags: 0, body: Buffer.alloc(0) });
    peer.destroy();
  });

  it.each(["", "d.1", "d*", "d>", "d/1", "d+", "#", "d 1", "ü", "-d", "x".repeat(129)])(
    "is refused with the client id '%s' [MQTT-3.1.3-8]",
    async (clientId) => {
      expect(await answerTo(connect({ level, clientId, userName: clientId, password: token }))).toBe(BAD_ID[level]);
    },
  );

  it("is refused with another device's user name", async () => {
    const other = await node.register(`other-${level}`);
    expect(await answerTo(good({ level, userName: `other-${level}`, password: other }))).toBe(BAD_ID[level]);
    expect(await answerTo(good({ level, clientId: `other-${level}` }))).toBe(BAD_ID[level]);
  });

  it.each([
    { what: "no user name and password", fields: { userName: undefined, password: undefined } },
    { what: "no password", fields: { password: undefined } },
    { what: "a wrong token", fields: { password: "fld_nonsense" } },
    { what: "an empty token", fields: { password: "" } },
    { what: "a token that is not UTF-8", fields: { password: Buffer.from([0xff, 0xfe]) } },
    { what: "an unknown device id", fields: { clientId: "nobody", userName: "nobody" } },
  ])("is refused with $what", async ({ fields }) => {
    expect(await answerTo(connect({ clientId: "d1", userName: "d1", password: token, level, ...fields }))).toBe(
      BAD_CREDENTIALS[level],
    );
  });

  it("is refused from a device that was retired", async () => {
    const id = `retired-${level}`;
    const old = await node.register(id);
    await retireDevice(node.fleet, TESTER, id);
    expect(await answerTo(connect({ level, clientId: id, userName: id, password: old }))).toBe(BAD_CREDENTIALS[level]);
  });

  it.each([
    { what: "the reserved flag [MQTT-3.1.2-3]", fields: { flags: 0x01 } },
    { what: "will QoS 3 [MQTT-3.1.2-12]", fields: { will: { topic: "me/event/x", payload: "{}", qos: 3 } } },
    { what: "will QoS without a will [MQTT-3.1.2-11]", fields: { flags: 0x08 } },
    { what: "will retain without a will [MQTT-3.1.2-13]", fields: { flags: 0x20 } },
    { what: "bytes after the last field", fields: { after: Buffer.from([1]) } },
    { what: "a client id that is not UTF-8 [MQTT-1.5.3-1]", fields: { clientId: Buffer.from([0xc3, 0x28]) } },
    { what: "a client id with a surrogate [MQTT-1.5.3-1]", fields: { clientId: Buffer.from([0xed, 0xa0, 0x80]) } },
    { what: "a client id with U+0000 [MQTT-1.5.3-2]", fields: { clientId: "d\u00001" } },
    { what: "a wildcard in the will's topic", fields: { will: { topic: "me/event/+", payload: "{}" } } },
  ])("with $what closes the connection", async ({ fields }) => {
    // MQTT 3 has no code for a malformed packet: the server only closes.
    expect(await answerTo(good({ level, ...fields }))).toBe(level === 5 ? 0x81 : undefined);
  });

  it("that ends inside a field closes the connection", async () => {
    const whole = good({ level });
    for (let cut = 12; cut < whole.length - 2; cut += 7) {
      const short = packet(0x10, whole.subarray(2, cut));
      expect(await answerTo(short)).toBe(level === 5 && cut > 9 ? 0x81 : undefined);
    }
  });

  it("that is sent a second time closes the connection as a protocol error [MQTT-3.1.0-2]", async () => {
    const { peer } = await rawDevice(node, "d1", token, { level });
    peer.send(good({ level }));
    const received = await peer.untilClosed();
    expect(disconnectOf(received)).toBe(level === 5 ? 0x82 : undefined);
  });

  it("may be followed by other packets, however the bytes are split", async () => {
    const bytes = Buffer.concat([
      good({ level }),
      PINGREQ,
      publish({ level, topic: "me/telemetry", payload: '{"data":{}}', qos: 1, id: 77 }),
      PINGREQ,
    ]);
    const whole = new RawMqtt(node.port);
    whole.send(bytes);
    expect((await whole.next()).type).toBe(2);
    const types = [(await whole.next()).type, (await whole.next()).type, (await whole.next()).type].sort();
    expect(types).toEqual([13, 13, 4]);
    whole.destroy();
    const single = new RawMqtt(node.port);
    single.socket.setNoDelay(true);
    for (const byte of bytes) {
      single.send(Buffer.from([byte]));
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect((await single.next()).type).toBe(2);
    expect([(await single.next()).type, (await single.next()).type, (await single.next()).type].sort()).toEqual([
      13, 13, 4,
    ]);
    single.destroy();
  });
});

describe("CONNECT with a version [MQTT-3.1.2-1], [MQTT-3.1.2-2]", () => {
  it.each([
    { protocol: "MQTT", level: 3, code: 0x01 },
    { protocol: "MQTT", level: 0, code: 0x01 },
    { protocol: "MQTT", level: 6, code: 0x84 },
    { protocol: "MQTT", level: 132, code: 0x84 },
    { protocol: "MQIsdp", level: 4, code: 0x01 },
    { protocol: "MQIsdp", level: 131, code: 0x01 },
    { protocol: "AMQP", level: 4, code: 0x01 },
    { protocol: "", level: 5, code: 0x01 },
  ])("'$protocol' level $level is answered with code $code", async ({ protocol, level, code }) => {
    expect(await answerTo(good({ protocol, level }))).toBe(code);
  });

  it("of MQTT 3 is refused if it has a password without a user name [MQTT-3.1.2-22]", async () => {
    expect(await answerTo(good({ level: 4, userName: undefined }))).toBeUndefined();
    // MQTT 5 allows a password alone, but Fleetlog needs a user name.
    expect(await answerTo(good({ level: 5, userName: undefined }))).toBe(0x86);
  });
});

describe("a gateway that waits for CONNECT", () => {
  it.each([
    { what: "PINGREQ", bytes: PINGREQ },
    { what: "PUBLISH", bytes: publish({ topic: "me/telemetry", payload: "{}" }) },
    { what: "CONNACK", bytes: Buffer.from([0x20, 2, 0, 0]) },
    { what: "type 0", bytes: Buffer.from([0x00, 0]) },
    { what: "CONNECT with flags", bytes: Buffer.from([0x11, 0]) },
    { what: "an HTTP request", bytes: Buffer.from("GET / HTTP/1.1\r\nHost: x\r\n\r\n") },
    { what: "a TLS hello", bytes: Buffer.from([0x16, 3, 1, 0, 5, 1, 0, 0, 1, 0]) },
    { what: "a length of five bytes", bytes: Buffer.from([0x10, 0x80, 0x80, 0x80, 0x80, 0x01]) },
    {
      what: "a length over the limit and no version",
      bytes: Buffer.concat([Buffer.from([0x10, 0xff, 0xff, 0xff, 0x7f]), Buffer.alloc(9)]),
    },
    { what: "an empty CONNECT", bytes: Buffer.from([0x10, 0]) },
  ])("closes the connection without an answer on $what [MQTT-3.1.0-1]", async ({ bytes }) => {
    expect(await answerTo(bytes)).toBeUndefined();
  });

  it("closes a connection that does not send CONNECT in time", async () => {
    await using strict = await startMqttEndpoint({ limits: { loginMs: 100 } });
    const silent = new RawMqtt(strict.port);
    const slow = new RawMqtt(strict.port);
    slow.send(good().subarray(0, 5));
    expect(await silent.untilClosed()).toEqual([]);
    expect(await slow.untilClosed()).toEqual([]);
    await eventually(() => expect(strict.endpoint.connections).toBe(0));
  });
});

describe("a node at its connection limit", () => {
  it.each([
    { level: 3, code: 0x03 },
    { level: 4, code: 0x03 },
    { level: 5, code: 0x97 },
  ] as const)("refuses CONNECT of level $level until another connection closes", async ({ level, code }) => {
    await using small = await startMqttEndpoint({ limits: { connections: 1 } });
    const first = await rawDevice(small, "a", await small.register("a"));
    const fields = { level, clientId: "b", userName: "b", password: await small.register("b") };
    const late = new RawMqtt(small.port);
    late.send(connect(fields));
    const [answer, ...more] = await late.untilClosed();
    expect(more).toEqual([]);
    expect(answer && connackOf(answer).code).toBe(code);
    if (level === 5) expect(reasonStringOf(answer?.body ?? Buffer.alloc(0))).toMatch(/retry after \d+ s$/);
    const unknown = new RawMqtt(small.port);
    unknown.send(connect({ ...fields, password: "wrong" }));
    expect((await unknown.untilClosed()).map((packet) => connackOf(packet).code)).toEqual([BAD_CREDENTIALS[level]]);
    first.peer.destroy();
    await eventually(() => expect(small.endpoint.connections).toBe(0));
    (await rawDevice(small, "b", fields.password, { level })).peer.destroy();
  });

  it("lets a device replace its own session", async () => {
    await using small = await startMqttEndpoint({ limits: { connections: 1 } });
    const secret = await small.register("a");
    const first = await rawDevice(small, "a", secret);
    const second = await rawDevice(small, "a", secret);
    expect(disconnectOf(await first.peer.untilClosed())).toBe(0x8e);
    await eventually(() => expect(small.endpoint.connections).toBe(1));
    second.peer.destroy();
  });

  it("accepts 256 more connections until their log-in timeout, and closes all further connections", async () => {
    await using small = await startMqttEndpoint({ limits: { connections: 1, loginMs: 100 } });
    const first = await rawDevice(small, "a", await small.register("a"));
    const further = Array.from({ length: 300 }, () => new RawMqtt(small.port));
    await eventually(() => expect(further.filter(({ closed }) => closed).length).toBeGreaterThanOrEqual(44));
    expect(small.endpoint.connections).toBeLessThanOrEqual(257);
    for (const peer of further) expect(await peer.untilClosed()).toEqual([]);
    await eventually(() => expect(small.endpoint.connections).toBe(1));
    first.peer.send(PINGREQ);
    expect((await first.peer.next()).type).toBe(13);
    first.peer.destroy();
  });
});

describe("CONNECT of MQTT 5", () => {
  const withProperties = (...parts: (Buffer | number[])[]) => good({ properties: properties(...parts) });

  it("is answered with the server's capabilities in CONNACK [MQTT5 3.2.2.3]", async () => {
    const { peer, connack } = await rawDevice(node, "d1", token);
    const expected = [
      Buffer.concat([Buffer.from([0x21]), u16(256)]),
      Buffer.from([0x25, 0]),
      Buffer.concat([Buffer.from([0x27]), u32(262_144)]),
      Buffer.concat([Buffer.from([0x22]), u16(16)]),
      Buffer.from([0x28, 1]),
      Buffer.from([0x29, 0]),
      Buffer.from([0x2a, 0]),
    ];
    expect(connack.body.subarray(2)).toEqual(properties(...expected));
    peer.destroy();
  });

  it("is answered with the lowered keep-alive and session expiry [MQTT-3.2.2-21]", async () => {
    const { peer, connack } = await rawDevice(node, "d1", token, {
      keepAlive: 0,
      properties: properties([0x11], u32(0xffff_ffff)),
    });
    expect(connack.body.includes(Buffer.concat([Buffer.from([0x13]), u16(3_600)]))).toBe(true);
    expect(connack.body.includes(Buffer.concat([Buffer.from([0x11]), u32(30 * 86_400)]))).toBe(true);
    peer.destroy();
  });

  it.each([
    { what: "an unknown property", bytes: () => withProperties([0x7f, 0]), code: 0x81 },
    { what: "a property of another packet", bytes: () => withProperties([0x23], u16(1)), code: 0x81 },
    { what: "a property twice", bytes: () => withProperties([0x21], u16(5), [0x21], u16(5)), code: 0x82 },
    { what: "a property cut short", bytes: () => withProperties([0x11, 0, 0]), code: 0x81 },
    { what: "properties longer than their packet", bytes: () => good({ properties: Buffer.from([0x70]) }), code: 0x81 },
    { what: "receive maximum 0 [MQTT5 3.1.2.11.3]", bytes: () => withProperties([0x21], u16(0)), code: 0x82 },
    { what: "maximum packet size 0 [MQTT5 3.1.2.11.4]", bytes: () => withProperties([0x27], u32(0)), code: 0x82 },
    { what: "request problem information 2", bytes: () => withProperties([0x17, 2]), code: 0x82 },
    { what: "an authentication method", bytes: () => withProperties([0x15], text("SCRAM")), code: 0x8c },
    { what: "authentication data alone", bytes: () => withProperties([0x16], text("x")), code: 0x82 },
    {
      what: "a user property that is not UTF-8",
      bytes: () => withProperties([0x26], text("a"), text(Buffer.from([0xff]))),
      code: 0x81,
    },
    {
      what: "a retained will [MQTT-3.2.2-13]",
      bytes: () => good({ will: { topic: "me/event/gone", payload: "{}", retain: true } }),
      code: 0x9a,
    },
    {
      what: "a will on another device's topic",
      bytes: () => good({ will: { topic: "you/event/gone", payload: "{}" } }),
      code: 0x87,
    },
    {
      what: "a will that is no report",
      bytes: () => good({ will: { topic: "me/telemetry", payload: '{"data":1}' } }),
      code: 0x99,
    },
    {
      what: "a will with a wildcard in its response topic [MQTT-3.3.2-14]",
      bytes: () =>
        good({ will: { topic: "me/event/gone", payload: '{"data":1}', properties: properties([0x08], text("a/#")) } }),
      code: 0x82,
    },
    {
      what: "a remaining length that is longer than it must be [MQTT-1.5.5-1]",
      bytes: () => {
        const whole = good({});
        return Buffer.concat([Buffer.from([0x10, (whole[1] as number) | 0x80, 0]), whole.subarray(2)]);
      },
      code: 0x81,
    },
  ])("is refused with $what", async ({ bytes, code }) => {
    expect(await answerTo(bytes())).toBe(code);
  });

  it("is refused with 0x95 if it is too large, before all of it has arrived [MQTT5 3.2.2.2]", async () => {
    const large = good({ properties: properties([0x26], text("note"), text("x".repeat(9_000))) });
    expect(await answerTo(large)).toBe(0x95);
    expect(await answerTo(large.subarray(0, 14))).toBe(0x95);
    expect(await answerTo(good({ level: 4, clientId: "x".repeat(9_000) }))).toBeUndefined();
  });

  it("is refused with a reason string if the client accepts packets of that size", async () => {
    const wordy = new RawMqtt(node.port);
    wordy.send(connect({ clientId: "d 1", userName: "d 1", password: token }));
    const [answer] = await wordy.untilClosed();
    expect(reasonStringOf(answer?.body ?? Buffer.alloc(0))).toContain("clientId");
    const terse = new RawMqtt(node.port);
    terse.send(connect({ clientId: "d 1", userName: "d 1", password: token, properties: properties([0x27], u32(8)) }));
    const [short] = await terse.untilClosed();
    expect(short?.body).toEqual(Buffer.from([0, 0x85, 0]));
  });

  it("is refused if the client accepts no packet as large as the CONNACK [MQTT-3.1.2-24]", async () => {
    const id = "terse";
    const terse = new RawMqtt(node.port);
    const password = await node.register(id);
    terse.send(connect({ clientId: id, userName: id, password, properties: properties([0x27], u32(12)) }));
    const [answer, ...more] = await terse.untilClosed();
    expect([answer?.body, more]).toEqual([Buffer.from([0, 0x95, 0]), []]);
    expect(await node.events(id, "session")).toEqual([]);
  });

  it("may have 20 user properties with the same name", async () => {
    const many = Array.from({ length: 20 }, (_, i) =>
      Buffer.concat([Buffer.from([0x26]), text("__proto__"), text(`${i}`)]),
    );
    const { peer } = await rawDevice(node, "d1", token, { properties: properties(...many) });
    peer.destroy();
  });
});

describe("while the log is away", () => {
  it.each([
    { level: 4, code: 0x03 },
    { level: 5, code: 0x88 },
  ] as const)(
    "CONNECT is refused with $code at level $level, and accepted once the log is back",
    async ({ level, code }) => {
      await using own = await startMqttEndpoint();
      const password = await own.register("d1");
      own.backbone.away();
      const peer = new RawMqtt(own.port);
      peer.send(connect({ level, clientId: "d1", userName: "d1", password }));
      expect(connackOf(await peer.next()).code).toBe(code);
      own.backbone.back();
      const again = await rawDevice(own, "d1", password, { level });
      again.peer.destroy();
    },
  );
});
