import type { Appended } from "../log.ts";

/** An append that is not settled yet. */
export interface PendingAppend {
  /** Number of the call: appends are sent, and sent again, in this order. */
  readonly order: number;
  readonly id: string;
  readonly subject: string;
  readonly json: string;
  /** Size of `json` in UTF-8. */
  readonly bytes: number;
  readonly expectedLastSeq: number | undefined;
  /** Rejects at once instead of waiting while the stream is full. */
  readonly failFast: boolean;
  readonly resolve: (appended: Appended) => void;
  readonly reject: (error: Error) => void;
  /** Its caller has been answered, so it is not sent any more. */
  settled: boolean;
  /** It was last sent in a batch that was not answered: the server may have stored it. */
  inBatch: boolean;
  /** How many times it was sent. */
  attempts: number;
  /** When it was sent for the first and for the last time, in milliseconds since 1970; 0 = not yet. */
  firstSentAt: number;
  sentAt: number;
  /** The stream's last known sequence when the append was first sent: it can only be stored after that sequence. */
  afterSeq: number;
}

/** Protocol text of a publish: HPUB subject reply header-length total-length, headers, payload. Ids and subjects are ASCII. */
export function publishText(append: PendingAppend, reply: string): string {
  const { id, subject, json, bytes, expectedLastSeq } = append;
  const expected = expectedLastSeq === undefined ? "" : `Nats-Expected-Last-Subject-Sequence: ${expectedLastSeq}\r\n`;
  const headers = `NATS/1.0\r\nNats-Msg-Id: ${id}\r\n${expected}\r\n`;
  return `HPUB ${subject} ${reply} ${headers.length} ${headers.length + bytes}\r\n${headers}${json}\r\n`;
}
