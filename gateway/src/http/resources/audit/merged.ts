import type { ActRecord, RefusalRecord, SignInRecord } from "@fleetlog/protocol";
import { encodePlace, type Place } from "./cursor.ts";

export type Record = ActRecord | RefusalRecord | SignInRecord;

/** The newest entries of one list. `more`: the list has older ones. */
export interface Found<One extends Record> {
  readonly items: readonly One[];
  readonly total: number;
  readonly more: boolean;
}

export interface FoundLists {
  readonly acts: Found<ActRecord>;
  readonly refusals: Found<RefusalRecord>;
  readonly signIns: Found<SignInRecord>;
}

export type Entry =
  | { readonly kind: "act"; readonly record: ActRecord }
  | { readonly kind: "refusal"; readonly record: RefusalRecord }
  | { readonly kind: "sign-in"; readonly record: SignInRecord };

const KINDS = { acts: "act", refusals: "refusal", signIns: "sign-in" } as const;
const LISTS = Object.keys(KINDS) as (keyof FoundLists)[];

/** Merges the lists by time, the newest first. @param from place of the previous page's end */
export function merged(
  lists: FoundLists,
  limit: number,
  from: Place,
): { readonly items: readonly Entry[]; readonly next: string | null } {
  const read = { acts: 0, refusals: 0, signIns: 0 };
  const nextOf = (list: keyof FoundLists): Record | undefined => lists[list].items[read[list]];
  const hasUnread = (list: keyof FoundLists) => nextOf(list) === undefined && lists[list].more;
  const items: Entry[] = [];
  // Stops after the last loaded entry of a list that has more: the list's next entry is unknown, and could be the
  // newest.
  while (items.length < limit && !LISTS.some(hasUnread)) {
    let newest: keyof FoundLists | undefined;
    for (const list of LISTS) {
      const record = nextOf(list);
      if (record === undefined) continue;
      if (newest === undefined || record.at > (nextOf(newest)?.at ?? "")) newest = list;
    }
    const record = newest && nextOf(newest);
    if (newest === undefined || record === undefined) break;
    items.push({ kind: KINDS[newest], record } as Entry);
    read[newest]++;
  }
  if (!LISTS.some((list) => nextOf(list) !== undefined || lists[list].more)) return { items, next: null };
  const reached = LISTS.flatMap((list) => {
    const last = lists[list].items[read[list] - 1];
    return last === undefined ? [] : [[list, last.seq] as const];
  });
  return { items, next: encodePlace({ ...from, ...Object.fromEntries(reached) }) };
}
