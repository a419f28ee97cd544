import type { PendingAppend } from "./pending.ts";

/**
 * What is written before an append's JSON: `HPUB <subject> <reply> <header length> <total length>` and the headers. Ids and
 * subjects are ASCII.
 * @param reply the subject of the answer; empty: no answer
 * @param headers more headers, each with its line end
 */
export function publishHead(append: PendingAppend, reply: string, headers = ""): string {
  const { id, subject, bytes, expectedLastSeq } = append;
  const expected = expectedLastSeq === undefined ? "" : `Nats-Expected-Last-Subject-Sequence: ${expectedLastSeq}\r\n`;
  const all = `NATS/1.0\r\nNats-Msg-Id: ${id}\r\n${expected}${headers}\r\n`;
  const to = reply === "" ? "" : ` ${reply}`;
  return `HPUB ${subject}${to} ${all.length} ${all.length + bytes}\r\n${all}`;
}

/**
 * The protocol's bytes of several appends. Each text is written into the buffer by itself: a single text of all appends
 * takes 1.5 times as long, because V8 copies it twice.
 * @param heads one for each append
 */
export function publishBytes(heads: readonly string[], appends: readonly PendingAppend[]): Uint8Array {
  let size = 0;
  for (let i = 0; i < heads.length; i++) size += (heads[i] as string).length + (appends[i] as PendingAppend).bytes + 2;
  const out = Buffer.allocUnsafe(size);
  let at = 0;
  for (let i = 0; i < heads.length; i++) {
    const { json, bytes } = appends[i] as PendingAppend;
    at += out.write(heads[i] as string, at, "latin1");
    at += out.write(json, at, bytes === json.length ? "latin1" : "utf8");
    out[at++] = 0x0d;
    out[at++] = 0x0a;
  }
  return out;
}
