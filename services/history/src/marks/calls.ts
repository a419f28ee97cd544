import { CHECK_MARKS, CheckMarksQuery, ListMarksQuery, MARKS } from "@fleetlog/protocol";
import type { Call } from "../requests/calls.ts";
import type { Marks } from "./marks.ts";

const LIMIT = 100;

/** The marks from a sequence on. */
export function marksCall(marks: Pick<Marks, "list">): Call {
  return {
    name: MARKS,
    request: ListMarksQuery,
    async answer({ from = 1, limit = LIMIT }: ListMarksQuery) {
      return JSON.stringify(await marks.list(from, limit));
    },
  };
}

/** Compares a part of the log with its marks. */
export function checkMarksCall(marks: Pick<Marks, "check">): Call {
  return {
    name: CHECK_MARKS,
    request: CheckMarksQuery,
    async answer({ from = 1 }: CheckMarksQuery) {
      return JSON.stringify(await marks.check(from));
    },
  };
}
