import type { KeyObject } from "node:crypto";
import type { HistoryMark } from "@fleetlog/protocol";
import { faultOfMark } from "../proofs/mark.ts";

/** Why a mark in the bucket can't be the one that a historian wrote after the previous mark. */
export function faultOfEntry(
  mark: HistoryMark | "unreadable" | undefined,
  previous: string,
  key: KeyObject,
): string | undefined {
  if (mark === undefined) return "the mark is gone";
  if (mark === "unreadable") return "the mark can't be read";
  const fault = faultOfMark(mark, key);
  if (fault !== undefined) return `the mark is not this installation's: ${fault}`;
  return mark.previous === previous ? undefined : "the mark does not follow the mark before it";
}
