import { visible } from "../system/terminal.ts";
import type { ImportOptions } from "./options.ts";
import { planLibpyiotcloud } from "./plan/libpyiotcloud.ts";
import { planTpedm } from "./plan/tpedm.ts";
import { readCsv } from "./read/csv.ts";
import { readDocuments } from "./read/documents.ts";
import type { Outcome } from "./records.ts";
import { type Counts, counted, Report } from "./report.ts";
import { importRecords } from "./run.ts";
import { Accounts } from "./server/accounts.ts";
import { Client } from "./server/client.ts";
import { importDevices } from "./server/devices.ts";
import { Links } from "./server/links.ts";
import { People } from "./server/people.ts";
import { checkBeforeImport } from "./server/preflight.ts";

export interface ImportContext {
  readonly say: (line: string) => void;
  readonly signal: AbortSignal;
  readonly now?: () => number;
  /** Waits between tries; default: with a timer. */
  readonly wait?: (ms: number) => Promise<unknown>;
}

export interface ImportResult {
  /** False: the import was stopped. */
  readonly complete: boolean;
  readonly counts: Counts;
}

const PROGRESS_MS = 5_000;
const MAX_SHOWN = 20;

/** @throws Error of one line if the import can't begin, or can't go on */
export async function importFile(options: ImportOptions, context: ImportContext): Promise<ImportResult> {
  const { say, signal, now = Date.now, wait } = context;
  const { system, file, account, authorities, dryRun } = options;
  const sayCall = (line: string) => say(` ! ${visible(line)}`);
  const client = new Client({ ...options, say: sayCall, ...(wait && { wait }) });
  const accounts = new Accounts(client);
  for (const warning of await checkBeforeImport(client, accounts, options)) say(` ! ${warning}`);
  const links = options.links === undefined || dryRun ? undefined : await Links.open(options.links, client, now());
  const report = await Report.open(options.report);
  let shown = 0;
  const add = (outcome: Outcome) => {
    report.add(outcome);
    if (outcome.outcome === "refused" && ++shown <= MAX_SHOWN) say(` ✗ ${visible(refusalText(outcome))}`);
  };
  const role = account === undefined ? "owner" : "operator";
  const people = new People({ client, accounts, dryRun, role, links, report: add });
  const progress = progressEvery(PROGRESS_MS, now);
  let last = 0;
  try {
    const complete = await importRecords({
      records: system === "tpedm" ? readCsv(file) : readDocuments(file),
      plan: (fields) =>
        system === "tpedm"
          ? planTpedm(fields, { account })
          : planLibpyiotcloud(fields, { account, authorities, now: now() }),
      importDevices: (devices) => importDevices({ client, accounts, dryRun, report: add }, devices),
      importPerson: (person) => people.import(person),
      report: add,
      async flushed(row) {
        last = row;
        await report.flush();
        if (progress()) say(`   ${row} records: ${counted(report.counts)}`);
      },
      signal,
    });
    const { counts } = report;
    if (shown > MAX_SHOWN) say(`   ${shown - MAX_SHOWN} more were refused; all are in the report`);
    const mark = complete && counts.refused === 0 ? "✓" : "!";
    const stopped = complete ? "" : "It was stopped; run it again to go on. ";
    say(` ${mark} ${last} records: ${counted(counts)}. ${stopped}${changes(counts, dryRun)}`.trimEnd());
    say(`   report: ${options.report}`);
    return { complete, counts };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`stopped at record ${last} (${counted(report.counts)}): ${visible(reason)}. Run it again to go on`);
  } finally {
    await report.close();
  }
}

function changes({ created }: Counts, dryRun: boolean): string {
  if (dryRun) return "This was a dry run: nothing was changed";
  return created === 0 ? "Nothing was changed" : "";
}

function refusalText({ row, id, field, reason }: Outcome): string {
  return `record ${row}${id === undefined ? "" : ` (${id})`}: ${field}: ${reason}`;
}

/** The returned function returns true at most once in `ms`. */
function progressEvery(ms: number, now: () => number): () => boolean {
  let last = now();
  return () => {
    if (now() - last < ms) return false;
    last = now();
    return true;
  };
}
