import type { Appended } from "../log.ts";

/** One append that the log has not settled. */
export interface PendingAppend {
  /** Counts the calls: the order that appends go out in, at first and again. */
  readonly order: number;
  readonly id: string;
  readonly subject: string;
  readonly json: string;
  /** Length of `json` in UTF-8. */
  readonly bytes: number;
  readonly expectedLastSeq: number | undefined;
  /** Rejects rather than waits while the stream is full. */
  readonly impatient: boolean;
  readonly resolve: (appended: Appended) => void;
  readonly reject: (error: Error) => void;
  /** Its caller has been answered: it is not sent any more. */
  settled: boolean;
  /** How often it was sent. */
  attempts: number;
  /** When it was sent first and last, in milliseconds since the epoch; 0 before. */
  firstSentAt: number;
  sentAt: number;
  /** The newest sequence known when it was sent first: if it was stored then, it is after that. */
  after: number;
}

/** A publish as protocol text: HPUB subject reply header-length total-length, headers, payload. Ids and subjects are ASCII. */
export function publishText(append: PendingAppend, reply: string): string {
  const { id, subject, json, bytes, expectedLastSeq } = append;
  const expected = expectedLastSeq === undefined ? "" : `Nats-Expected-Last-Subject-Sequence: ${expectedLastSeq}\r\n`;
  const headers = `NATS/1.0\r\nNats-Msg-Id: ${id}\r\n${expected}\r\n`;
  return `HPUB ${subject} ${reply} ${headers.length} ${headers.length + bytes}\r\n${headers}${json}\r\n`;
}
