import { connect as connectSocket } from "node:net";
import { connect as connectTls } from "node:tls";
import { TOPICS } from "@fleetlog/protocol";
import { batched } from "./batched.ts";
import type { AnsweredCommand, Credentials, RawEvents, RawLink, Target } from "./raw-link.ts";
import * as mqtt from "./wire/mqtt.ts";

const KEEP_ALIVE_SECONDS = 120;
/** Highest packet identifier of reports. Command results use higher identifiers; their PUBACKs are ignored. */
const MAX_IN_FLIGHT = 60_000;
const SUBSCRIBE_ID = 65_535;

/** MQTT with QoS 1. The caller limits the messages in flight. */
export function mqttLink(
  { host, port, version = 4, tls = false }: Target & { protocol: "mqtt" },
  { device, token }: Credentials,
  events: RawEvents,
): RawLink {
  // A load generator need not verify its gateway.
  const socket = tls
    ? connectTls({ host, port, rejectUnauthorized: false })
    : connectSocket({ host, port, noDelay: true });
  const write = batched(socket);
  const framer = new mqtt.MqttFramer();
  const inFlight = new Map<number, number>();
  let lastId = 0;
  let lastResultId = MAX_IN_FLIGHT;
  let endReason = "closed";

  socket.on(tls ? "secureConnect" : "connect", () => {
    write(mqtt.connect(version, device, token, KEEP_ALIVE_SECONDS));
    write(mqtt.subscribe(version, TOPICS.commands, SUBSCRIBE_ID));
  });
  socket.on("data", (chunk) => {
    for (const packet of framer.push(chunk)) handle(packet);
  });
  socket.on("error", (error) => {
    endReason = error.message;
  });
  socket.on("close", () => events.onEnd(endReason));

  function handle(packet: mqtt.MqttPacket): void {
    if (packet.type === mqtt.PUBACK) {
      const id = packet.body.readUInt16BE(0);
      const number = inFlight.get(id);
      inFlight.delete(id);
      const code = packet.body[2] ?? 0;
      if (number !== undefined) events.onAnswer(number, code < 0x80 ? undefined : `0x${code.toString(16)}`);
    } else if (packet.type === mqtt.CONNACK) {
      const code = packet.body[1] ?? 0;
      if (code === 0) events.onOpen();
      else {
        endReason = `refused with 0x${code.toString(16)}`;
        socket.destroy();
      }
    } else if (packet.type === mqtt.PUBLISH) answer(packet);
  }

  function answer(packet: mqtt.MqttPacket): void {
    const { id, payload } = mqtt.readPublish(packet, version);
    const command = JSON.parse(payload) as AnsweredCommand;
    lastResultId = lastResultId >= SUBSCRIBE_ID - 1 ? MAX_IN_FLIGHT + 1 : lastResultId + 1;
    const result = JSON.stringify({ ok: true, result: command.params });
    if (id > 0) write(mqtt.puback(id));
    write(mqtt.publish(version, TOPICS.commandResult(command.id), lastResultId, result));
  }

  function freeId(): number {
    do lastId = lastId >= MAX_IN_FLIGHT ? 1 : lastId + 1;
    while (inFlight.has(lastId));
    return lastId;
  }

  return {
    send(number, kind, name, json) {
      const id = freeId();
      inFlight.set(id, number);
      const topic = kind === "telemetry" ? TOPICS.telemetry : TOPICS.eventPrefix + name;
      write(mqtt.publish(version, topic, id, `${json}}`));
    },
    ping: () => write(mqtt.PINGREQ),
    end() {
      write(mqtt.DISCONNECT);
      socket.end();
    },
    destroy: () => socket.destroy(),
  };
}
