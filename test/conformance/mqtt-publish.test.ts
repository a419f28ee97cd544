import { describe, expect, it } from "vitest";
import { eventually } from "../support/eventually.ts";
import { type MqttTestEndpoint, startMqttEndpoint } from "../support/mqtt-endpoint.ts";
import { type RawDevice, rawDevice } from "../support/raw-device.ts";
import {
  acknowledgementOf,
  disconnectOf,
  type Level,
  PINGREQ,
  packet,
  properties,
  publish,
  type Received,
  reasonStringOf,
  text,
  u16,
} from "../support/raw-mqtt.ts";

const PUBACK = 4;
const PUBREC = 5;
const PUBCOMP = 7;
const PINGRESP = 13;
const telemetry = (n: number) => JSON.stringify({ data: { n } });
const pubrel = (id: number) => packet(0x62, u16(id));

async function start(level: Level, options: Parameters<typeof startMqttEndpoint>[0] = {}) {
  const node = await startMqttEndpoint(options);
  const token = await node.register("d1");
  const { peer } = await rawDevice(node, "d1", token, { level });
  return { node, token, peer, [Symbol.asyncDispose]: () => node[Symbol.asyncDispose]() };
}

async function numbers(node: MqttTestEndpoint): Promise<number[]> {
  const events = await node.events("d1", "telemetry");
  return events.map(({ data }) => (data as { data: { n: number } }).data.n);
}

async function acknowledgements(peer: RawDevice["peer"], count: number) {
  const received: ReturnType<typeof acknowledgementOf>[] = [];
  while (received.length < count) received.push(acknowledgementOf(await peer.next()));
  return received;
}

async function heardOf({ peer }: RawDevice): Promise<void> {
  for (let n = 0; n < 5; n++) {
    peer.send(PINGREQ);
    expect((await peer.next()).type).toBe(PINGRESP);
  }
}

describe.each([3, 4, 5] as const)("PUBLISH at level %i", (level) => {
  it("is acknowledged in the order of its arrival, once it is in the log [MQTT-4.6.0-2]", async () => {
    await using run = await start(level);
    const { node, peer } = run;
    // Storing a profile takes longer than storing telemetry.
    peer.send(
      publish({ level, topic: "me/profile", payload: '{"model":"x"}', qos: 1, id: 9 }),
      publish({ level, topic: "me/telemetry", payload: telemetry(1), qos: 1, id: 5 }),
      publish({ level, topic: "me/telemetry", payload: telemetry(2), qos: 2, id: 6 }),
      publish({ level, topic: "me/event/x", payload: '{"data":null}', qos: 1, id: 7 }),
    );
    expect(await acknowledgements(peer, 4)).toEqual([
      { type: PUBACK, id: 9, code: 0 },
      { type: PUBACK, id: 5, code: 0 },
      { type: PUBREC, id: 6, code: 0 },
      { type: PUBACK, id: 7, code: 0 },
    ]);
    expect(await numbers(node)).toEqual([1, 2]);
  });

  it("that comes while the log is away is acknowledged only when the log is back", async () => {
    await using run = await start(level);
    const { node, peer } = run;
    const other = await rawDevice(node, "d2", await node.register("d2"), { level });
    node.backbone.away();
    peer.send(publish({ level, topic: "me/telemetry", payload: telemetry(1), qos: 1, id: 5 }));
    await heardOf(other);
    expect(peer.packets).toEqual([]);
    node.backbone.back();
    expect(await acknowledgements(peer, 1)).toEqual([{ type: PUBACK, id: 5, code: 0 }]);
    expect(await numbers(node)).toEqual([1]);
  });

  it("with QoS 2 is stored once, even if it is sent again before it is released [MQTT-4.3.3-10]", async () => {
    await using run = await start(level);
    const { node, peer } = run;
    const first = { level, topic: "me/telemetry", payload: telemetry(1), qos: 2, id: 8 } as const;
    peer.send(publish(first), publish({ ...first, dup: true }));
    expect((await acknowledgements(peer, 1))[0]).toEqual({ type: PUBREC, id: 8, code: 0 });
    peer.send(publish({ ...first, dup: true }));
    expect((await acknowledgements(peer, 1))[0]).toEqual({ type: PUBREC, id: 8, code: 0 });
    peer.send(pubrel(8));
    expect((await acknowledgements(peer, 1))[0]).toEqual({ type: PUBCOMP, id: 8, code: 0 });
    // [MQTT-4.3.3-11], for known and unknown identifiers
    peer.send(pubrel(8));
    expect((await acknowledgements(peer, 1))[0]).toEqual({ type: PUBCOMP, id: 8, code: level === 5 ? 0x92 : 0 });
    expect(await numbers(node)).toEqual([1]);
    peer.send(publish({ ...first, payload: telemetry(2) }));
    expect((await acknowledgements(peer, 1))[0]).toEqual({ type: PUBREC, id: 8, code: 0 });
    expect(await numbers(node)).toEqual([1, 2]);
  });

  it.each([
    { what: "QoS 3 [MQTT-3.3.1-4]", bytes: publish({ level, topic: "me/telemetry", payload: "{}", qos: 3 }) },
    {
      what: "DUP with QoS 0 [MQTT-3.3.1-2]",
      bytes: publish({ level, topic: "me/telemetry", payload: "{}", dup: true }),
    },
    { what: "packet identifier 0 [MQTT-2.2.1-3]", bytes: publish({ level, topic: "me/telemetry", qos: 1, id: 0 }) },
    { what: "a + in the topic [MQTT-3.3.2-2]", bytes: publish({ level, topic: "me/event/+", payload: "{}" }) },
    { what: "a # in the topic [MQTT-3.3.2-2]", bytes: publish({ level, topic: "me/#", payload: "{}", qos: 1 }) },
    { what: "a topic that is not UTF-8", bytes: publish({ level, topic: Buffer.from([0x6d, 0xc0, 0x80]) }) },
    { what: "a topic with U+0000", bytes: publish({ level, topic: "me/\u0000" }) },
    { what: "a topic longer than its packet", bytes: packet(0x30, [0xff, 0xff, 0x61]) },
    { what: "an empty packet", bytes: packet(0x30) },
    { what: "an identifier that is cut short", bytes: packet(0x32, text("me/telemetry"), [1]) },
    { what: "PUBACK without an identifier", bytes: packet(0x40) },
    { what: "PUBACK with identifier 0", bytes: packet(0x40, u16(0)) },
    { what: "PUBREL with wrong flags [MQTT-3.6.1-1]", bytes: packet(0x60, u16(1)) },
    { what: "PINGREQ with a payload", bytes: packet(0xc0, [1]) },
    { what: "bytes after a PUBACK", bytes: packet(0x40, u16(1), [0], properties(), [7]) },
    { what: "SUBACK, which only a server sends", bytes: packet(0x90, u16(1), [0]) },
    { what: "packet type 0", bytes: Buffer.from([0x00, 0x00]) },
    { what: "AUTH", bytes: packet(0xf0, [0x18], properties()) },
  ])("an invalid packet ($what) closes the connection, and affects no other", async ({ bytes }) => {
    await using run = await start(level);
    const { node, peer } = run;
    const other = await rawDevice(node, "d2", await node.register("d2"), { level });
    peer.send(bytes, publish({ level, topic: "me/telemetry", payload: telemetry(1), qos: 1 }));
    const code = disconnectOf(await peer.untilClosed());
    if (level === 5) expect([0x81, 0x82]).toContain(code);
    else expect(code).toBeUndefined();
    expect(await numbers(node)).toEqual([]);
    other.peer.send(PINGREQ);
    expect((await other.peer.next()).type).toBe(PINGRESP);
    await eventually(async () => {
      const [, closed] = await node.events("d1", "session");
      expect(closed).toMatchObject({ type: "SessionClosed", data: { reason: "protocol-error" } });
    });
  });

  it("is refused above the size limit before it is read, and accepted at the limit", async () => {
    await using run = await start(level, { limits: { payloadBytes: 2_048 } });
    const { node, peer } = run;
    const body = (length: number) => JSON.stringify({ data: { n: 1, x: "x".repeat(length - 25) } });
    const overhead = publish({ level, topic: "me/telemetry", qos: 1 }).length;
    const fits = publish({ level, topic: "me/telemetry", payload: body(2_048 - overhead - 1), qos: 1 });
    expect(fits.length).toBeLessThanOrEqual(2_048);
    expect(fits.length).toBeGreaterThan(2_040);
    peer.send(fits);
    await acknowledgements(peer, 1);
    peer.send(publish({ level, topic: "me/telemetry", payload: "x".repeat(3_000) }).subarray(0, 4));
    expect(disconnectOf(await peer.untilClosed())).toBe(level === 5 ? 0x95 : undefined);
    expect(await numbers(node)).toEqual([1]);
  });

  it.each([
    { what: "no JSON", topic: "me/telemetry", payload: "{", field: "payload" },
    { what: "an empty payload", topic: "me/telemetry", payload: "", field: "payload" },
    { what: "a number as data", topic: "me/telemetry", payload: '{"data":1}', field: "data" },
    { what: "one bad item of two", topic: "me/telemetry", payload: '[{"data":{}},{"data":{},"seq":-1}]', field: "seq" },
    { what: "boot without seq", topic: "me/telemetry", payload: '{"data":{},"boot":"b"}', field: "seq" },
    { what: "an infinite number", topic: "me/telemetry", payload: '{"data":{"t":1e400}}', field: "data.t" },
    {
      what: "an integer that a double can't hold",
      topic: "me/event/x",
      payload: '{"data":[{"n":9007199254740993}]}',
      field: "data[0].n",
    },
    {
      what: "data nested too deep",
      topic: "me/event/x",
      payload: `{"data":${"[".repeat(257)}${"]".repeat(257)}}`,
      field: "data",
    },
    { what: "a list as profile", topic: "me/profile", payload: "[]", field: "payload" },
    { what: "an invalid time", topic: "me/event/x", payload: '{"data":1,"at":"yesterday"}', field: "at" },
    { what: "no data", topic: "me/event/x", payload: '{"boot":"b","seq":1}', field: "data" },
    { what: "a bad event name", topic: "me/event/a b", payload: "{}", field: "topic" },
    { what: "a result without ok", topic: "me/command/c1/result", payload: "{}", field: "ok" },
    { what: "a result of an unknown command", topic: "me/command/c1/result", payload: '{"ok":true}', field: undefined },
  ])(
    "that can never be accepted ($what) is acknowledged, so that it is not sent again",
    async ({ topic, payload, field }) => {
      await using run = await start(level);
      const { node, peer } = run;
      peer.send(
        publish({ level, topic, payload, qos: 1, id: 3 }),
        publish({ level, topic: "me/telemetry", payload: telemetry(1), qos: 1, id: 4 }),
      );
      const first = await peer.next();
      const refusal = topic.endsWith("c1/result") && field === undefined ? 0x90 : 0x99;
      expect(acknowledgementOf(first)).toEqual({ type: PUBACK, id: 3, code: level === 5 ? refusal : 0 });
      if (level === 5 && field !== undefined) expect(reasonStringOf(first.body)).toContain(field);
      expect(await acknowledgements(peer, 1)).toEqual([{ type: PUBACK, id: 4, code: 0 }]);
      expect(await numbers(node)).toEqual([1]);
      // MQTT 3 has no reason codes: the gateway logs a warning.
      expect(node.logged).toEqual([
        expect.objectContaining({ device: "d1", topic, msg: expect.stringContaining("refused") }),
      ]);
    },
  );

  it("of a profile with a field of a wrong type is stored; the answer in MQTT 5 has a warning", async () => {
    await using run = await start(level);
    const { node, peer } = run;
    const payload = '{"model":"x","commands":{"blink":{}}}';
    for (const qos of [1, 2] as const) peer.send(publish({ level, topic: "me/profile", payload, qos, id: qos }));
    for (const qos of [1, 2] as const) {
      const answer = await peer.next();
      expect(acknowledgementOf(answer)).toEqual({ type: qos === 1 ? PUBACK : PUBREC, id: qos, code: 0 });
      if (level === 5) expect(reasonStringOf(answer.body)).toContain("commands must be a list");
      else expect(answer.body).toHaveLength(2);
    }
    expect((await node.events("d1", "device")).at(-1)).toMatchObject({ data: { profile: JSON.parse(payload) } });
  });

  it.each(["d2/telemetry", "me", "me/", "me/telemetry/x", "me/command/c1", "$SYS/x", "/me/telemetry", "ME/telemetry"])(
    "on the forbidden topic %s is acknowledged but not stored, and a later report is stored [MQTT-3.3.5-2]",
    async (topic) => {
      await using run = await start(level);
      const { node, peer } = run;
      peer.send(
        publish({ level, topic, payload: telemetry(1), qos: 0 }),
        publish({ level, topic, payload: telemetry(2), qos: 1, id: 3 }),
        publish({ level, topic, payload: telemetry(3), qos: 2, id: 4 }),
        publish({ level, topic: "me/telemetry", payload: telemetry(4), qos: 1, id: 5 }),
      );
      const code = level === 5 ? 0x87 : 0;
      expect(await acknowledgements(peer, 3)).toEqual([
        { type: PUBACK, id: 3, code },
        { type: PUBREC, id: 4, code },
        { type: PUBACK, id: 5, code: 0 },
      ]);
      expect(await numbers(node)).toEqual([4]);
      expect(await node.events("d1", "session")).toHaveLength(1);
      expect(node.logged).toMatchObject([
        { device: "d1", topic, count: 1 },
        { device: "d1", topic, count: 2 },
      ]);
      await eventually(async () =>
        expect(await node.events("d1", "event")).toMatchObject([
          { type: "ReportsRefused", data: { where: topic, code: "forbidden", count: 1 } },
        ]),
      );
    },
  );

  it("is logged when it is refused for a new reason", async () => {
    await using run = await start(level);
    const { node, peer } = run;
    const refused = ["{", "{", "{", '{"data":1}', '{"data":{},"seq":-1}'];
    peer.send(...refused.map((payload, i) => publish({ level, topic: "me/telemetry", payload, qos: 1, id: i + 1 })));
    await acknowledgements(peer, refused.length);
    expect(node.logged.map(({ field, count }) => [field, count])).toEqual([
      ["payload", 1],
      ["payload", 2],
      ["data", 1],
      ["seq", 1],
    ]);
  });

  it("is not read above the limit of unstored reports", async () => {
    await using run = await start(level, { limits: { maxUnstoredReports: 8 } });
    const { node, peer } = run;
    const other = await rawDevice(node, "d2", await node.register("d2"), { level });
    node.backbone.away();
    const qos = level === 5 ? 0 : 1;
    const total = 60;
    for (let n = 1; n <= total; n++)
      peer.send(publish({ level, topic: "me/telemetry", payload: telemetry(n), qos, id: n }));
    peer.send(PINGREQ);
    await heardOf(other);
    expect(peer.packets).toEqual([]);
    expect(peer.closed).toBe(false);
    node.backbone.back();
    await eventually(async () => expect(await numbers(node)).toEqual(Array.from({ length: total }, (_, n) => n + 1)));
    // A ping is answered when read, a report when stored.
    const received: Received[] = [];
    while (received.length < (qos === 1 ? total + 1 : 1)) received.push(await peer.next());
    expect(received.filter(({ type }) => type === PINGRESP)).toHaveLength(1);
    const acknowledged = received.filter(({ type }) => type === PUBACK).map((packet) => acknowledgementOf(packet).id);
    expect(acknowledged).toEqual(qos === 1 ? Array.from({ length: total }, (_, n) => n + 1) : []);
  });

  it("of a device over its rate is read more slowly, and nothing is lost", async () => {
    await using run = await start(level, { sessions: { eventsPerSecond: 200, burst: 10 } });
    const { node, peer } = run;
    for (let n = 1; n <= 40; n++)
      peer.send(publish({ level, topic: "me/telemetry", payload: telemetry(n), qos: 1, id: n }));
    expect((await acknowledgements(peer, 40)).map(({ id }) => id)).toEqual(Array.from({ length: 40 }, (_, n) => n + 1));
    expect(await numbers(node)).toHaveLength(40);
  });
});

describe("PUBLISH of MQTT 5", () => {
  it("may use a topic alias [MQTT5 3.3.2.3.4]", async () => {
    await using run = await start(5);
    const { node, peer } = run;
    const alias = (n: number) => properties([0x23], u16(n));
    peer.send(
      publish({ topic: "me/telemetry", payload: telemetry(1), qos: 1, id: 1, properties: alias(3) }),
      publish({ topic: "", payload: telemetry(2), qos: 1, id: 2, properties: alias(3) }),
      publish({ topic: "me/event/x", payload: '{"data":null}', qos: 1, id: 3, properties: alias(3) }),
      publish({ topic: "", payload: '{"data":null}', qos: 1, id: 4, properties: alias(3) }),
    );
    expect((await acknowledgements(peer, 4)).map(({ code }) => code)).toEqual([0, 0, 0, 0]);
    expect(await numbers(node)).toEqual([1, 2]);
    expect(await node.events("d1", "event")).toHaveLength(2);
  });

  it.each([
    {
      what: "alias 0 [MQTT-3.3.2-8]",
      fields: { topic: "me/telemetry", properties: properties([0x23], u16(0)) },
      code: 0x94,
    },
    {
      what: "an alias over the maximum [MQTT-3.3.2-9]",
      fields: { topic: "me/telemetry", properties: properties([0x23], u16(17)) },
      code: 0x94,
    },
    { what: "an alias that was never set", fields: { topic: "", properties: properties([0x23], u16(1)) }, code: 0x82 },
    { what: "neither topic nor alias", fields: { topic: "" }, code: 0x82 },
    { what: "retain [MQTT-3.2.2-14]", fields: { topic: "me/telemetry", retain: true }, code: 0x9a },
    {
      what: "a subscription identifier [MQTT-3.3.4-6]",
      fields: { topic: "me/telemetry", properties: properties([0x0b, 1]) },
      code: 0x81,
    },
    {
      what: "a response topic with a wildcard [MQTT-3.3.2-14]",
      fields: { topic: "me/telemetry", properties: properties([0x08], text("a/#")) },
      code: 0x82,
    },
    { what: "a topic longer than any allowed one", fields: { topic: `me/event/${"x".repeat(1_024)}` }, code: 0x90 },
  ])("with $what closes the connection", async ({ fields, code }) => {
    await using run = await start(5);
    run.peer.send(publish({ payload: telemetry(1), ...fields }));
    expect(disconnectOf(await run.peer.untilClosed())).toBe(code);
  });

  it("above the receive maximum closes the connection [MQTT-3.3.4-7]", async () => {
    await using run = await start(5, { limits: { maxUnstoredReports: 4 } });
    const { node, peer } = run;
    for (let id = 1; id <= 4; id++) peer.send(publish({ topic: "me/telemetry", payload: telemetry(id), qos: 2, id }));
    expect((await acknowledgements(peer, 4)).map(({ code }) => code)).toEqual([0, 0, 0, 0]);
    peer.send(publish({ topic: "me/telemetry", payload: telemetry(5), qos: 1, id: 5 }));
    expect(disconnectOf(await peer.untilClosed())).toBe(0x93);
    expect(await numbers(node)).toEqual([1, 2, 3, 4]);
  });

  it("frees the identifier after a refusal with QoS 2 [MQTT-4.3.3-9]", async () => {
    await using run = await start(5, { limits: { maxUnstoredReports: 1 } });
    const { node, peer } = run;
    for (let i = 0; i < 3; i++) {
      peer.send(publish({ topic: "me/telemetry", payload: "{", qos: 2, id: 1 }));
      expect(await acknowledgements(peer, 1)).toEqual([{ type: PUBREC, id: 1, code: 0x99 }]);
    }
    peer.send(publish({ topic: "me/telemetry", payload: telemetry(1), qos: 2, id: 1 }));
    expect(await acknowledgements(peer, 1)).toEqual([{ type: PUBREC, id: 1, code: 0 }]);
    expect(await numbers(node)).toEqual([1]);
  });

  it("gets no reason strings if the client declines them [MQTT-3.1.2-29]", async () => {
    await using node = await startMqttEndpoint();
    const { peer } = await rawDevice(node, "d1", await node.register("d1"), { properties: properties([0x17, 0]) });
    peer.send(publish({ topic: "me/telemetry", payload: "{", qos: 1, id: 1 }));
    expect((await peer.next()).body.length).toBeLessThanOrEqual(4);
  });
});

describe("retain in MQTT 3", () => {
  it("has no effect", async () => {
    await using run = await start(4);
    const { node, peer } = run;
    peer.send(publish({ level: 4, topic: "me/telemetry", payload: telemetry(1), qos: 1, retain: true }));
    await acknowledgements(peer, 1);
    expect(await numbers(node)).toEqual([1]);
  });
});

describe("a report that the log can never store", () => {
  it.each([4, 5] as const)(
    "is not acknowledged at level %i: the connection closes without DISCONNECT, and the device can send it again",
    async (level) => {
      await using run = await start(level);
      const { node, peer } = run;
      await node.backbone.close();
      peer.send(publish({ level, topic: "me/telemetry", payload: telemetry(1), qos: 1, id: 1 }));
      expect(await peer.untilClosed()).toEqual([]);
    },
  );
});
