import { Parser, ProtocolHandler, SubscriptionImpl } from "@nats-io/nats-core/internal";
import { describe, expect, it } from "vitest";
import { EntryFrames } from "./entry-frames.ts";
import { FrameParser, NumberedSubjects, readFrames } from "./frames.ts";

function read(parserOf: (protocol: ProtocolHandler) => Parser, chunks: readonly Buffer[]): unknown[] {
  const seen: unknown[] = [];
  const protocol = new ProtocolHandler({ servers: ["nowhere"] }, { publish: () => {} });
  protocol.transport = { send: (bytes: Uint8Array) => seen.push(Buffer.from(bytes).toString()) } as never;
  for (const max of [undefined, 1]) {
    const subscription = new SubscriptionImpl(protocol, "inbox", {
      callback: (error, message) => {
        const id = message.headers?.get("Nats-Msg-Id");
        const data = Buffer.from(message.data).toString();
        seen.push([
          error,
          message.sid,
          message.subject,
          message.reply,
          id,
          message.headers?.code,
          message.string(),
          data,
        ]);
      },
    });
    if (max !== undefined) subscription.max = max;
    protocol.subscriptions.add(subscription);
  }
  const parser = parserOf(protocol);
  for (const chunk of chunks) parser.parse(chunk);
  return [...seen, protocol.inMsgs, protocol.inBytes, protocol.subscriptions.size()];
}

function message(sid: number, payload: string, { reply = "", headers = "" } = {}): string {
  const [head, all] = [Buffer.byteLength(headers), Buffer.byteLength(headers + payload)];
  const args = ["fleet.event.ä", sid, ...(reply === "" ? [] : [reply]), ...(head === 0 ? [] : [head]), all];
  return `${head === 0 ? "" : "H"}MSG ${args.join(" ")}\r\n${headers}${payload}\r\n`;
}

const ID = "NATS/1.0\r\nNats-Msg-Id: a:1:2\r\n\r\n";
const WIRE = Buffer.from(
  [
    message(1, '{"of":"ä","lines":"\r\nMSG x 1 3\r\n"}', { reply: "$JS.ACK.a.b", headers: ID }),
    "PING\r\n",
    message(1, "no reply"),
    message(1, "", { headers: "NATS/1.0 404 No Messages\r\n\r\n" }),
    message(1, ""),
    message(7, "nobody's"),
    message(2, "once"),
    "+OK\r\n",
    message(2, "no more"),
    message(1, "x".repeat(300), { reply: "r" }),
    "ping\r\n",
  ].join(""),
);
const theirs = read((protocol) => new Parser(protocol), [WIRE]);

describe("FrameParser", () => {
  it("reads the same messages as the client's own parser", () => {
    expect(theirs).toHaveLength(11);
    expect(read((protocol) => new FrameParser(protocol), [WIRE])).toEqual(theirs);
  });

  it("reads the same messages wherever the bytes are split into chunks", () => {
    for (let at = 1; at < WIRE.length; at++) {
      const chunks = [WIRE.subarray(0, at), WIRE.subarray(at)];
      expect(read((protocol) => new FrameParser(protocol), chunks)).toEqual(theirs);
    }
    const bytes = Array.from(WIRE, (byte) => Buffer.of(byte));
    expect(read((protocol) => new FrameParser(protocol), bytes)).toEqual(theirs);
  });

  it("delivers messages on numbered subjects without a message object, wherever the bytes are split", () => {
    const lines = [
      "MSG inbox.12 1 3\r\none\r\n",
      "MSG inbox.x 1 3\r\nany\r\n",
      "MSG other.12 2 3\r\nany\r\n",
      "MSG inbox.12 1 r 3\r\nany\r\n",
      "HMSG inbox.12 1 12 12\r\nNATS/1.0\r\n\r\n\r\n",
      "PING\r\n",
      "MSG inbox.345 1 0\r\n\r\n",
      "MSG inbox.7 1 4\r\nM\r\nS\r\n",
    ];
    const wire = Buffer.from(lines.join(""));
    for (let at = 1; at <= wire.length; at++) {
      const seen: unknown[] = [];
      const numbered = new NumberedSubjects();
      numbered.set("inbox.", 1, (number, bytes, start, end) =>
        seen.push(number, Buffer.from(bytes.subarray(start, end)).toString()),
      );
      const received = { numbered, entries: new EntryFrames() };
      const all = read((protocol) => new FrameParser(protocol, received), [wire.subarray(0, at), wire.subarray(at)]);
      expect(seen).toEqual([12, "one", 345, "", 7, "M\r\nS"]);
      const subjects = all.flatMap((entry) => (Array.isArray(entry) ? [`${entry[2]} ${entry[3]}`] : []));
      expect(subjects).toEqual(["inbox.x ", "other.12 ", "inbox.12 r", "inbox.12 "]);
    }
  });

  it.each(["$JS.ACK.FLEET.c.1.", "$JS.ACK._.hash.FLEET.c.1."])(
    "delivers entries of a consumer (%s) without a message object, wherever the bytes are split",
    (prefix) => {
      const end = prefix.includes("hash") ? ".random" : "";
      const reply = (seq: number) => `${prefix}${seq}.${seq - 10}.1795236303438279474.${20 - seq}${end}`;
      const lines = [
        message(1, '{"of":"ä"}', { reply: reply(11), headers: ID }),
        message(1, "", { headers: "NATS/1.0 100 Idle Heartbeat\r\n\r\n" }),
        message(2, "another's", { reply: reply(12) }),
        message(1, "MSG\r\n", { reply: reply(12) }),
        "PING\r\n",
        message(1, "", { reply: reply(20) }),
        message(1, "", { reply: "$X" }),
      ];
      const wire = Buffer.from(lines.join(""));
      for (let at = 1; at <= wire.length; at++) {
        const seen: unknown[] = [];
        const entries = new EntryFrames();
        entries.set(1, ({ bytes, subjectFrom, subjectTo, payloadFrom, payloadTo, seq, delivery, pending }) =>
          seen.push([
            bytes.toString("utf8", subjectFrom, subjectTo),
            bytes.toString("utf8", payloadFrom, payloadTo),
            [seq, delivery, pending],
          ]),
        );
        const received = { numbered: new NumberedSubjects(), entries };
        const all = read((protocol) => new FrameParser(protocol, received), [wire.subarray(0, at), wire.subarray(at)]);
        expect(seen).toEqual([
          ["fleet.event.ä", '{"of":"ä"}', [11, 1, 9]],
          ["fleet.event.ä", "MSG\r\n", [12, 2, 8]],
          ["fleet.event.ä", "", [20, 10, 0]],
        ]);
        const others = all.flatMap((entry) => (Array.isArray(entry) ? [`${entry[1]} ${entry[3]} ${entry[5]}`] : []));
        expect(others).toEqual(["1  100", `2 ${reply(12)} undefined`, "1 $X undefined"]);
      }
    },
  );

  it("throws for a malformed message", () => {
    expect(() => read((protocol) => new FrameParser(protocol), [Buffer.from("MSG fleet.event.a 1 x\r\n")])).toThrow();
  });

  it("drops an unfinished message when the client connects again", () => {
    const parserOf = (protocol: ProtocolHandler): Parser => {
      readFrames(protocol);
      protocol.parser.parse(Buffer.from("MSG fleet.event.a 1 100\r\nlost with the connec"));
      protocol.resetOutbound();
      expect(protocol.parser).toBeInstanceOf(FrameParser);
      return protocol.parser;
    };
    expect(read(parserOf, [WIRE])).toEqual(theirs);
  });
});
