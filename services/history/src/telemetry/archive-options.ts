import type { Logger } from "@fleetlog/log";
import type { Duck } from "../store/duck.ts";
import type { Retention } from "./retention.ts";

/** Sequences of a part of a historian's archive. */
export const SPAN = 65_536;

export interface ArchiveOptions {
  /** Exclusive to this archive. */
  readonly directory: string;
  /** Has one thread, which keeps the order of rows, so that the same events give the same bytes. */
  readonly duck: Duck;
  readonly retention: Retention;
  readonly logger: Logger;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Sequences of a part; default {@link SPAN}. Parts begin at its multiples, in every historian. */
  readonly span?: number | undefined;
  /** Characters of the data after which a part ends before its span does; default 32 million. */
  readonly partChars?: number | undefined;
  /** For tests: called before each step that changes the folder. */
  readonly beforeStep?: ((step: string) => void) | undefined;
}
