import { expect, it } from "vitest";
import { type PendingAppend, publishText } from "./pending.ts";

const append = { id: "d1:b:7", subject: "fleet.event.d1", json: '{"ä":1}', bytes: 8 } as PendingAppend;

it("an append becomes a publish with the headers for JetStream, and with lengths in bytes", () => {
  expect(publishText({ ...append, expectedLastSeq: undefined }, "_INBOX.x.5")).toBe(
    'HPUB fleet.event.d1 _INBOX.x.5 33 41\r\nNATS/1.0\r\nNats-Msg-Id: d1:b:7\r\n\r\n{"ä":1}\r\n',
  );
  expect(publishText({ ...append, expectedLastSeq: 12 }, "_INBOX.x.6")).toBe(
    "HPUB fleet.event.d1 _INBOX.x.6 74 82\r\n" +
      'NATS/1.0\r\nNats-Msg-Id: d1:b:7\r\nNats-Expected-Last-Subject-Sequence: 12\r\n\r\n{"ä":1}\r\n',
  );
});
