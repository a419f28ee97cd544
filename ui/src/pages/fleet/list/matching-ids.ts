import { type DevicesQuery, listDevices } from "../../../data/devices.ts";

/** Attempts to collect all pages from one answer. */
const MAX_COLLECTIONS = 3;

/**
 * The ids of all matching devices; undefined if more than `most`.
 * @throws ApiError
 */
export async function allMatchingIds(query: DevicesQuery, most: number): Promise<ReadonlySet<string> | undefined> {
  const { total } = await listDevices({ ...query, limit: 1 });
  return total > most ? undefined : new Set(await matchingIds(query, most));
}

/**
 * The ids of the matching devices, at most `most`.
 * @throws ApiError
 */
export async function matchingIds(query: DevicesQuery, most: number): Promise<readonly string[]> {
  for (let collections = 1; ; collections++) {
    const ids = new Set<string>();
    let isConsistent = true;
    for (let cursor: string | null | undefined; cursor !== null && ids.size < most; ) {
      const { items, next, changed } = await listDevices({ ...query, limit: 1_000, ...(cursor && { cursor }) });
      for (const { id } of items) ids.add(id);
      if (changed) isConsistent = false;
      cursor = next;
    }
    if (isConsistent || collections === MAX_COLLECTIONS) return [...ids].slice(0, most);
  }
}
