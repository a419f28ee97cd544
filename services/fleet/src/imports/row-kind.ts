import type { FleetError } from "@fleetlog/domain";
import type { ImportCredentials } from "@fleetlog/protocol";
import type { Room } from "../accounts/device-limit.ts";
import type { Caller } from "../caller.ts";
import type { Fleet } from "../fleet.ts";
import type { CreatedRow, ImportRow, SecretOf, Template } from "./record.ts";

/** In what a row is created. */
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
  /** The row may have been tried before: what that attempt has left undone is completed. */
  readonly again: boolean;
}

export interface CheckedRow {
  readonly id: string;
  /** Only one row may have it. */
  readonly key: string;
  /** The error of a row whose key an earlier row has. */
  readonly repeated: FleetError;
}

/** What rows of one kind create. */
export interface RowKind {
  /** The column that names a row in the report. */
  readonly named: string;
  /** Devices are counted where their account has a limit. */
  readonly countsDevices: boolean;
  /** @throws FleetError `invalid-request` for a column that no row of this kind has */
  mustBeColumn(column: string): void;
  /** Checks what the creation would check. */
  check(around: Surroundings, row: ImportRow): Promise<CheckedRow>;
  /** Creates it as a whole; what was created before is left as it is. */
  create(around: Creation, row: ImportRow): Promise<CreatedRow>;
  /** The secrets that were made for it. */
  credentialsOf(created: CreatedRow, secretOf: SecretOf): ImportCredentials["items"][number];
}
