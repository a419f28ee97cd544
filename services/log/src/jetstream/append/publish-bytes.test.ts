import { expect, it } from "vitest";
import type { PendingAppend } from "./pending.ts";
import { publishBytes, publishHead } from "./publish-bytes.ts";

const append = { id: "d1:b:7", subject: "fleet.event.d1", json: '{"ä":1}', bytes: 8 } as PendingAppend;

function text(more: Partial<PendingAppend>, reply: string): string {
  const one = { ...append, ...more };
  return Buffer.from(publishBytes([publishHead(one, reply)], [one])).toString();
}

it("an append becomes a publish with the headers for JetStream, and with lengths in bytes", () => {
  expect(text({}, "_INBOX.x.5")).toBe(
    'HPUB fleet.event.d1 _INBOX.x.5 33 41\r\nNATS/1.0\r\nNats-Msg-Id: d1:b:7\r\n\r\n{"ä":1}\r\n',
  );
  expect(text({ expectedLastSeq: 12 }, "_INBOX.x.6")).toBe(
    "HPUB fleet.event.d1 _INBOX.x.6 74 82\r\n" +
      'NATS/1.0\r\nNats-Msg-Id: d1:b:7\r\nNats-Expected-Last-Subject-Sequence: 12\r\n\r\n{"ä":1}\r\n',
  );
  expect(text({}, "")).toContain("HPUB fleet.event.d1 33 41\r\n");
});

it("several appends follow each other, with characters of every width", () => {
  const appends = ["a", "é", "€", "😀"].map((char): PendingAppend => {
    const json = JSON.stringify({ char });
    return { ...append, json, bytes: Buffer.byteLength(json) };
  });
  const heads = appends.map((one) => publishHead(one, ""));
  const expected = appends.map(({ json }, i) => `${heads[i]}${json}\r\n`).join("");
  expect(Buffer.from(publishBytes(heads, appends)).toString()).toBe(expected);
});
