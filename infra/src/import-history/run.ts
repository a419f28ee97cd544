import type { StreamName } from "@fleetlog/domain";
import { appendAll } from "./append.ts";
import type { ImportHistoryOptions } from "./options.ts";
import { readRecords } from "./record.ts";
import { keepsSequences, type Survey, survey } from "./survey.ts";
import { openTarget, type Target } from "./target.ts";

export interface ImportHistoryContext {
  readonly say: (line: string) => void;
  readonly signal: AbortSignal;
}

const PROGRESS_MS = 5_000;
/** Bytes that nats-server stores beside each event, and some room for events after the import. */
const ENTRY_BYTES = 300;

/**
 * Imports exports into an empty installation.
 *
 * @returns false if it was stopped
 * @throws Error of one line if the import can't begin, or can't go on
 */
export async function importHistoryFiles(
  { files, env, renumber, dryRun }: ImportHistoryOptions,
  { say, signal }: ImportHistoryContext,
): Promise<boolean> {
  const found: Survey[] = [];
  for (const file of files) {
    const one = await survey(file, readRecords(file));
    const other = found.find(({ stream }) => stream === one.stream);
    if (other !== undefined)
      throw new Error(`${file} and ${other.file} are both of ${one.stream}; give one file for each stream`);
    describe(one, say);
    found.push(one);
  }
  const renumbered = found.filter((one) => !keepsSequences(one));
  for (const { file, stream } of renumbered.filter(({ stream }) => stream === "FLEET" && !renumber)) {
    throw new Error(
      `${file} is not the whole of ${stream}, so its events would get other sequences, and a sequence that was noted ` +
        "earlier would name another moment. Export all of it, which a key with the role admin can, or accept that with --renumber",
    );
  }
  if (dryRun) {
    say("Nothing was changed (--dry-run)");
    return true;
  }
  const target = await openTarget(env, say);
  try {
    for (const one of found) mustFit(one, target);
    for (const one of found) if (!(await importOne(one, target, { say, signal }))) return false;
  } finally {
    await target.close();
  }
  say("Everything is there. Start Fleetlog: views and the history are built from the log");
  return true;
}

function describe(one: Survey, say: (line: string) => void): void {
  const { file, stream, events, repeats, firstSeq, lastSeq, firstTime, lastTime, sealed } = one;
  say(`${file}: ${count(events)} events of ${stream}, ${firstSeq} to ${lastSeq}, from ${firstTime} to ${lastTime}`);
  if (repeats > 0) say(` ! ${count(repeats)} repeats of events are left out, as in the views`);
  if (!keepsSequences(one)) say(` ! the events get new sequences, from 1 to ${events}`);
  if (sealed > 0) {
    say(
      ` ! ${count(sealed)} events have names or addresses of people, sealed. They stay unreadable: their keys are only in ` +
        "the installation that wrote them",
    );
  }
}

async function importOne(
  { file, stream, events }: Survey,
  { log }: Target,
  { say, signal }: ImportHistoryContext,
): Promise<boolean> {
  const { lastSeq: before } = await log.state(stream);
  if (before > 0)
    say(`${stream} has ${count(before)} events already; going on after them if the file begins with them`);
  let at = before;
  const progress = setInterval(() => say(`   ${stream}: ${count(at)} of ${count(events)} events`), PROGRESS_MS);
  const onAppended = (seq: number) => {
    at = seq;
  };
  try {
    const stored = await appendAll({ log, stream, records: readRecords(file), signal, onAppended });
    if (stored < events) {
      say(`Stopped after ${count(stored)} of ${count(events)} events of ${stream}; run it again to go on`);
      return false;
    }
  } finally {
    clearInterval(progress);
  }
  const { lastSeq } = await log.state(stream);
  if (lastSeq !== events) throw new Error(`${stream} has ${lastSeq} events instead of ${events}`);
  say(` ✓ ${stream}: ${count(events)} events`);
  return true;
}

const LIMITS: Readonly<Record<StreamName, { key: "fleet" | "telemetry" | "access" | "delivery"; name: string }>> = {
  FLEET: { key: "fleet", name: "FLEETLOG_FLEET_MAX_BYTES" },
  TELEMETRY: { key: "telemetry", name: "FLEETLOG_TELEMETRY_MAX_BYTES" },
  ACCESS: { key: "access", name: "FLEETLOG_ACCESS_MAX_BYTES" },
  DELIVERY: { key: "delivery", name: "FLEETLOG_DELIVERY_MAX_BYTES" },
};

/** @throws Error of one line that names the setting */
function mustFit({ stream, bytes, events }: Survey, { settings }: Pick<Target, "settings">): void {
  const { key, name } = LIMITS[stream];
  const most = settings[`${key}MaxBytes`];
  const needed = bytes + events * ENTRY_BYTES;
  if (needed <= most) return;
  const gib = Math.ceil((needed / 1024 ** 3) * 1.2 * 10) / 10;
  throw new Error(
    `${stream} needs some ${needed} bytes, and may have ${most}: set ${name}=${gib}GiB here and for Fleetlog`,
  );
}

function count(number: number): string {
  return number.toLocaleString("en");
}
