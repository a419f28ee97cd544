import type { Verified } from "./verify.ts";

export interface ReportOptions {
  readonly timeline: boolean;
  readonly isKeyGiven: boolean;
}

/** What was verified, for people. */
export function reportOf({ head, end, unmarked, timeLine }: Verified, { timeline, isKeyGiven }: ReportOptions): string {
  const { devices, firstSeq, lastSeq, from, to, key } = head;
  const marked = end.events - unmarked;
  return [
    `verified: ${counted(end.events, "event")} of ${counted(devices.length, "device")}: ${devices.join(", ")}`,
    `from ${from ?? "the beginning of the log"} to ${to} (sequences ${firstSeq} to ${lastSeq})`,
    isKeyGiven
      ? `signed with the key that you gave, ${key}`
      : `signed with ${key}; compare it with "key" of GET /api/history/marks, or give it with --key`,
    `${counted(marked, "event")} proved by signed marks of the log; ${unmarked} newer than the last mark`,
    `the same projections give the same ${counted(end.rows, "row")}: SHA-256 ${end.sha256}`,
    ...(timeline ? ["", ...timeLine] : []),
  ]
    .map(plain)
    .join("\n");
}

/** Without control characters, which a terminal would obey. */
export function plain(text: string): string {
  return text.replace(/\p{Cc}+/gu, " ");
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? "" : "s"}`;
}
