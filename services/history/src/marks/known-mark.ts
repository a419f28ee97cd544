import { readFileSync, writeFileSync } from "node:fs";
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

  read(): KnownMark {
    try {
      const { number, hash } = JSON.parse(readFileSync(this.path, "utf8")) as Partial<KnownMark>;
      if (typeof number === "number" && Number.isSafeInteger(number) && typeof hash === "string")
        return { number, hash };
    } catch {
      // Without a readable file, the marks are verified from the first.
    }
    return NO_KNOWN_MARK;
  }

  write(mark: KnownMark): void {
    writeFileSync(this.path, JSON.stringify(mark));
  }
}
