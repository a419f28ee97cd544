import { writeFileSync } from "node:fs";
import { jsonIfWhole } from "@fleetlog/runtime/node";
import { NO_MARK } from "../proofs/mark.ts";

/**
 * The newest mark that this historian knows, with its number from 1. Its field `previous` covers all earlier marks,
 * too.
 */
export interface KnownMark {
  readonly number: number;
  readonly hash: string;
}

export const NO_KNOWN_MARK: KnownMark = { number: 0, hash: NO_MARK };

/** Detects marks that were deleted or replaced while the historian was away. */
export class KnownMarkFile {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  /**
   * Without a whole file, the marks are verified from the first.
   *
   * @throws the system's error if there is a file that can't be read now
   */
  read(): KnownMark {
    const { number, hash } = (jsonIfWhole(this.path) ?? {}) as Partial<KnownMark>;
    const isMark = typeof number === "number" && Number.isSafeInteger(number) && typeof hash === "string";
    return isMark ? { number, hash } : NO_KNOWN_MARK;
  }

  write(mark: KnownMark): void {
    writeFileSync(this.path, JSON.stringify(mark));
  }
}
