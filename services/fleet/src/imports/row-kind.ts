import type { FleetError } from "@fleetlog/domain";
import type { ImportCredentials } from "@fleetlog/protocol";
import type { Room } from "../accounts/device-limit.ts";
import type { Caller } from "../caller.ts";
import type { Fleet } from "../dependencies/fleet.ts";
import type { CreatedRow, ImportRow, SecretOf, Template } from "../dependencies/imports/record.ts";

/** What is common to all rows of a part. */
export interface Surroundings {
  readonly fleet: Omit<Fleet, "commandTail" | "imports">;
  readonly caller: Caller;
  readonly account: string;
  readonly template: Template;
  readonly room: Room;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

export interface Creation extends Surroundings {
  readonly import: string;
  readonly secretOf: SecretOf;
  /** The row may have been tried before; then its missing steps are completed. */
  readonly again: boolean;
}

export interface CheckedRow {
  readonly id: string;
  /** Unique in the import. */
  readonly key: string;
  /** The error for a row whose key an earlier row has. */
  readonly repeated: FleetError;
}

/** What rows of one kind create. */
export interface RowKind {
  /** The column that names a row in the report. */
  readonly named: string;
  readonly countsDevices: boolean;
  /** @throws FleetError `invalid-request` for a column that no row of this kind has */
  mustBeColumn(column: string): void;
  check(around: Surroundings, row: ImportRow): Promise<CheckedRow>;
  /** Creates what the row describes, or completes an earlier attempt. */
  create(around: Creation, row: ImportRow): Promise<CreatedRow>;
  credentialsOf(created: CreatedRow, secretOf: SecretOf): ImportCredentials["items"][number];
}
