import type { ImportKind, Person } from "@fleetlog/domain";
import type { ImportFailure, ImportSummary } from "@fleetlog/protocol";

/** Rows are counted from 1. */
export interface ImportRow {
  readonly row: number;
  readonly values: Readonly<Record<string, unknown>>;
}

export interface ImportOwner {
  readonly node: string;
  readonly incarnation: string;
  /** Time of the last write, milliseconds since the epoch. */
  readonly at: number;
}

/** A stored import, without its rows and results. */
export interface ImportRecord {
  readonly id: string;
  readonly kind: ImportKind;
  readonly dryRun: boolean;
  readonly account: string;
  /** Template of provision requests. Sealed, because it may have a password. */
  readonly template?: string;
  /** The person who started the import, with the rights at the newest part. */
  readonly person: Person;
  readonly correlationid?: string;
  readonly address?: string;
  readonly state: "running" | "ended" | "stopped";
  readonly stopped?: "access-ended";
  /** Digest of the request, with its rows and all other parameters. Absent in imports of earlier releases. */
  readonly digest?: string;
  /** The id under which the rows are stored, if it is not the import's: two runs of one request may bring different rows. */
  readonly upload?: string;
  /** Number of parts in which the rows are stored. The first `partsDone` have results. */
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
  /** Sealed; credentials are derived from it. Absent after they were read, and in a dry run. */
  readonly secret?: string;
}

/** Derives a secret; equal for equal names. */
export type SecretOf = (name: string) => Buffer;
/** A body of a provision request, without the values of the columns. */
export type Template = Readonly<Record<string, unknown>>;

/** Secrets are derived again when they are read. */
export interface CreatedRow {
  readonly row: number;
  readonly id: string;
  /** The names of a provision request; `made` lists the generated secrets. */
  readonly clientId?: string;
  readonly userName?: string;
  readonly made?: readonly ("password" | "activationKey")[];
  /** A device with a claim code has no token until it is claimed. */
  readonly claimable?: true;
}

/** The result of one part. */
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
