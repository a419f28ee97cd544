import type { Socket } from "node:net";
import { systemClock } from "@fleetlog/runtime";
import { afterEach, describe, expect, it } from "vitest";
import { ManualClock } from "../testing/manual-clock.ts";
import { CONNECT, MqttPeer, type Packet, PUBLISH_QOS1, publishOf, SUBSCRIBE } from "../testing/mqtt-peer.ts";
import { mqttTransport } from "./mqtt.ts";
import type { TransportOptions } from "./options.ts";
import { type Link, type Outgoing, Refusal } from "./transport.ts";

const never = new AbortController().signal;
const profile: Outgoing = { kind: "profile", profile: {} };

type Answer = (packet: Packet, socket: Socket) => void;

describe.each([4, 5] as const)("mqttTransport, version %i", (version) => {
  let peer: MqttPeer;
  let link: Link | undefined;
  afterEach(async () => {
    await link?.close();
    await peer.close();
    link = undefined;
  });

  const connack = (code = 0, properties: number[] = []): Buffer =>
    version === 5
      ? Buffer.from([0x20, 3 + properties.length, 0, code, properties.length, ...properties])
      : Buffer.from([0x20, 2, 0, code]);
  const puback = (id: number, code = 0): Buffer =>
    code === 0 ? Buffer.from([0x40, 2, id >> 8, id & 255]) : Buffer.from([0x40, 4, id >> 8, id & 255, code, 0]);
  const friendly: Answer = ({ first, body }, socket) => {
    if (first === CONNECT) socket.write(connack());
    if (first === SUBSCRIBE)
      socket.write(
        Buffer.from(
          version === 5 ? [0x90, 5, ...body.subarray(0, 2), 0, 1, 1] : [0x90, 4, ...body.subarray(0, 2), 1, 1],
        ),
      );
    if (first === PUBLISH_QOS1) socket.write(puback(publishOf({ first, body }, version).id));
  };

  async function connect(
    answer: Answer,
    more: Partial<TransportOptions> = {},
    onCommand = (_: unknown) => {},
    onCancelled = (_: string) => {},
    signal = never,
  ) {
    peer = await MqttPeer.listen(answer);
    const options: TransportOptions = {
      url: peer.url,
      device: "d1",
      token: "secret",
      mqttVersion: version,
      clock: systemClock,
      connectTimeoutMs: 5_000,
      callTimeoutMs: 5_000,
      heartbeatMs: 60_000,
      ...more,
    };
    link = await mqttTransport(options).connect({ onCommand, onCancelled }, signal);
    return link;
  }

  it("logs in with its id, keeps its session, and subscribes to its commands", async () => {
    await connect(friendly);
    const [connectPacket, subscribe] = peer.packets;
    expect(connectPacket?.body.subarray(0, 7)).toEqual(Buffer.from([0, 4, ...Buffer.from("MQTT"), version]));
    // The flags say: user name, password, no clean start [MQTT-3.1.2-4].
    expect(connectPacket?.body[7]).toBe(0xc0);
    expect(connectPacket?.body.toString()).toMatch(/d1.*d1.*secret$/s);
    expect(subscribe?.body.toString()).toMatch(/me\/command\/\+.*me\/command\/\+\/cancelled/s);
    expect(subscribe?.body.at(-1)).toBe(1);
  });

  it("can be aborted while it connects", async () => {
    const stop = new AbortController();
    const quietly: Answer = (packet, socket) => {
      if (packet.first === CONNECT) socket.write(connack());
      else stop.abort();
    };
    await expect(connect(quietly, {}, undefined, undefined, stop.signal)).rejects.toMatchObject({
      end: { kind: "lost" },
    });
  });

  it("publishes each kind of message on its topic and waits for the acknowledgement", async () => {
    const open = await connect(friendly);
    await open.send({ kind: "telemetry", reports: [{ data: { n: 1 }, boot: "b", seq: 1 }] });
    await open.send({ kind: "telemetry", reports: [{ data: { n: 2 } }, { data: { n: 3 } }] });
    await open.send({ kind: "event", report: { name: "opened", data: 1 } });
    await open.send({ kind: "profile", profile: { model: "t" } });
    await open.send({ kind: "command-progress", progress: { id: "c", percent: 5 } });
    await open.send({ kind: "command-result", result: { id: "c", ok: true, result: 5 } });
    const published = peer.packets
      .filter(({ first }) => first === PUBLISH_QOS1)
      .map((each) => publishOf(each, version));
    expect(published.map(({ topic, payload }) => [topic, payload])).toEqual([
      ["me/telemetry", { data: { n: 1 }, boot: "b", seq: 1 }],
      ["me/telemetry", [{ data: { n: 2 } }, { data: { n: 3 } }]],
      ["me/event/opened", { data: 1 }],
      ["me/profile", { model: "t" }],
      ["me/command/c/progress", { percent: 5 }],
      ["me/command/c/result", { ok: true, result: 5 }],
    ]);
  });

  it("delivers commands, even if they arrive before the SUBACK, and ignores invalid commands", async () => {
    const commands: unknown[] = [];
    const cancelled: string[] = [];
    const publish = (payload: string, id: number, to = "me/command/c1") => {
      const topic = Buffer.from(to);
      const rest = Buffer.from([0, id, ...(version === 5 ? [0] : [])]);
      const body = Buffer.concat([Buffer.from([0, topic.length]), topic, rest, Buffer.from(payload)]);
      return Buffer.concat([Buffer.from([PUBLISH_QOS1, body.length]), body]);
    };
    const answer: Answer = (packet, socket) => {
      friendly(packet, socket);
      if (packet.first !== CONNECT) return;
      socket.write(publish('{"id":"c1","name":"reboot","deadline":"x"}', 7));
      socket.write(publish('{"id":"c1","reason":"expired"}', 9, "me/command/c1/cancelled"));
      for (const bad of ["no JSON", "5", '{"id":"c1"}']) socket.write(publish(bad, 8));
    };
    const open = await connect(
      answer,
      {},
      (command) => commands.push(command),
      (id) => cancelled.push(id),
    );
    await open.send(profile);
    expect(cancelled).toEqual(["c1"]);
    expect(commands).toEqual([{ id: "c1", name: "reboot", params: null, deadline: "x" }]);
    expect(peer.packets.filter(({ first }) => first === 0x40)).toHaveLength(5);
  });

  it("reports why the connection was refused", async () => {
    const refused = async (code: number, properties: number[] = []) => {
      const answer: Answer = (_, socket) => socket.write(connack(code, properties));
      const error = (await connect(answer).catch((thrown: unknown) => thrown)) as { end: unknown };
      await peer.close();
      return error.end;
    };
    expect(await refused(version === 5 ? 0x86 : 4)).toMatchObject({ kind: "credentials" });
    expect(await refused(version === 5 ? 0x87 : 5)).toMatchObject({ kind: "credentials" });
    expect(await refused(version === 5 ? 0x89 : 3)).toMatchObject({ kind: "busy" });
    if (version === 5) {
      const text = [...Buffer.from("retry after 9 s")];
      expect(await refused(0x89, [0x1f, 0, text.length, ...text])).toMatchObject({ kind: "busy", retryAfterMs: 9_000 });
    }
  });

  it("rejects pending messages when the connection is lost", async () => {
    const answer: Answer = (packet, socket) => {
      if (packet.first === PUBLISH_QOS1) socket.destroy();
      else friendly(packet, socket);
    };
    const open = await connect(answer);
    await expect(open.send(profile)).rejects.toThrow("the connection has ended");
    expect(await open.ended).toMatchObject({ kind: "lost" });
    await expect(open.send(profile)).rejects.toThrow("the connection has ended");
  });

  it("drops the connection after 5 s without an acknowledgement", async () => {
    const clock = new ManualClock();
    const open = await connect((packet, socket) => packet.first !== PUBLISH_QOS1 && friendly(packet, socket), {
      clock,
    });
    const failed = expect(open.send(profile)).rejects.toThrow("within 5000 ms");
    await clock.advance(5_000);
    await failed;
    expect(await open.ended).toMatchObject({ kind: "lost" });
  });

  it("sends DISCONNECT when it is closed", async () => {
    const open = await connect(friendly);
    await open.close();
    expect(peer.packets.at(-1)?.first).toBe(0xe0);
    await open.ended;
  });

  if (version === 5) {
    it("recognises refusals, a take-over, and the gateway's receive maximum and packet size", async () => {
      let code = 0x99;
      const answer: Answer = (packet, socket) => {
        if (packet.first === CONNECT) socket.write(connack(0, [0x21, 0, 5, 0x27, 0, 0, 4, 0]));
        else if (packet.first === PUBLISH_QOS1) socket.write(puback(publishOf(packet, 5).id, code));
        else friendly(packet, socket);
      };
      const open = await connect(answer);
      expect(open.window).toBe(5);
      const error: unknown = await open.send(profile).catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(Refusal);
      expect(error).toMatchObject({ code: 0x99, permanent: true });
      const large: Outgoing = { kind: "profile", profile: { text: "x".repeat(1_000) } };
      await expect(open.send(large)).rejects.toMatchObject({ code: 0x95, permanent: true });
      code = 0x97;
      await expect(open.send(profile)).rejects.toMatchObject({ code: 0x97, permanent: false });
      peer.sockets[0]?.write(Buffer.from([0xe0, 2, 0x8e, 0]));
      expect(await open.ended).toMatchObject({ kind: "superseded" });
    });
  }
});
