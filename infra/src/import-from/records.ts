import type { RegisterDeviceBody } from "@fleetlog/protocol";

export type Kind = "device" | "person" | "record";

/** A record of the older system's file, numbered from 1; or why it can't be read. */
export type ReadRecord = { readonly row: number } & (
  | { readonly fields: Readonly<Record<string, unknown>> }
  | { readonly fault: string }
);

export interface PlannedDevice {
  readonly kind: "device";
  readonly id: string;
  readonly body: RegisterDeviceBody & { readonly id: string };
  /** Names of the fields in the file, by their names in the API. */
  readonly names: Readonly<Record<string, string>>;
  /** What is left to do for the device. */
  readonly note?: string;
}

export interface PlannedPerson {
  readonly kind: "person";
  /** The email address, in lower case. */
  readonly id: string;
  readonly account: string;
  readonly userName?: string;
  readonly givenName?: string;
  readonly familyName?: string;
}

export type Planned = PlannedDevice | PlannedPerson;
export type Numbered<Item> = Item & { readonly row: number };

/** A record that is refused. */
export class RecordFault extends Error {
  readonly kind: Kind;
  readonly id: string | undefined;
  readonly field: string;

  constructor(kind: Kind, id: string | undefined, field: string, reason: string) {
    super(reason);
    this.kind = kind;
    this.id = id;
    this.field = field;
  }
}

/** The outcome of a record. `planned`: a dry run would create it. */
export interface Outcome {
  readonly row: number;
  readonly kind: Kind;
  readonly id?: string;
  readonly outcome: "created" | "planned" | "there already" | "refused";
  readonly field?: string;
  readonly reason?: string;
  readonly note?: string;
}

export function refused(row: number, { kind, id, field, message }: RecordFault): Outcome {
  return { row, kind, ...(id !== undefined && { id }), outcome: "refused", field, reason: message };
}
