/** A report as it is in the tables. */
export interface StoredReport {
  readonly seq: number;
  readonly id: string;
  readonly type: string;
  /** Milliseconds since 1970. */
  readonly time: number;
  readonly devicetime: number | null;
  readonly data: string;
}

/** SQL of the columns of a `StoredReport`. */
export const REPORT_COLUMNS = `seq, id, type, epoch_ms("time") AS "time", epoch_ms(devicetime) AS devicetime, data`;
