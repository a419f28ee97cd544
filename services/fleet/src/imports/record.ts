import type { ImportKind, Person } from "@fleetlog/domain";
import type { ImportFailure, ImportSummary } from "@fleetlog/protocol";

/** A row of the file: its number from 1, and the values of its columns. */
export interface ImportRow {
  readonly row: number;
  readonly values: Readonly<Record<string, unknown>>;
}

/** The process that works on an import. */
export interface ImportOwner {
  readonly node: string;
  readonly incarnation: string;
  /** Milliseconds since the epoch: when it last wrote. */
  readonly at: number;
}

/** What is stored of an import, beside its rows and results. */
export interface ImportRecord {
  readonly id: string;
  readonly kind: ImportKind;
  readonly dryRun: boolean;
  readonly account: string;
  /** Sealed: the template of provision requests, which may have a password. */
  readonly template?: string;
  /** Who started it, with the rights that they had at the newest part. */
  readonly person: Person;
  readonly correlationid?: string;
  readonly address?: string;
  readonly state: "running" | "ended" | "stopped";
  /** Why the remaining rows are not tried. */
  readonly stopped?: "access-ended";
  /** The rows are kept in this many parts; the results of the first `partsDone` are kept too. */
  readonly parts: number;
  readonly partsDone: number;
  readonly rows: number;
  readonly done: number;
  readonly created: number;
  readonly failed: number;
  readonly waitingFor?: string;
  readonly startedAt: string;
  readonly endedAt?: string;
  readonly owner: ImportOwner;
  /** Sealed: what the credentials are derived from. Absent once they were read, and in a dry run. */
  readonly secret?: string;
}

/** A secret of an import: the same one for the same name. */
export type SecretOf = (name: string) => Buffer;
/** A body of a provision request, without what the columns set. */
export type Template = Readonly<Record<string, unknown>>;

/** What a row has created. Its secrets are derived again when they are read. */
export interface CreatedRow {
  readonly row: number;
  readonly id: string;
  /** The names of a provision request, and which of its secrets were made here. */
  readonly clientId?: string;
  readonly userName?: string;
  readonly made?: readonly ("password" | "activationKey")[];
  /** A device with a claim code has no token until it is claimed. */
  readonly claimable?: true;
}

/** What became of the rows of one part. */
export interface PartResult {
  readonly created: readonly CreatedRow[];
  readonly failed: readonly ImportFailure[];
}

export function summaryOf(record: ImportRecord): ImportSummary {
  const { id, kind, dryRun, account, state, rows, done, created, failed, waitingFor, startedAt, endedAt } = record;
  const available = state !== "running" && created > 0 && record.secret !== undefined;
  return {
    id,
    kind,
    dryRun,
    account,
    state,
    rows,
    done,
    created,
    failed,
    ...(waitingFor !== undefined && { waitingFor }),
    startedAt,
    startedBy: record.person.id,
    ...(endedAt !== undefined && { endedAt }),
    ...(record.stopped !== undefined && { stopped: record.stopped }),
    credentials: available ? "available" : record.secret === undefined && !dryRun ? "gone" : "none",
  };
}
