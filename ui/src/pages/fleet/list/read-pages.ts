import { type DeviceResource, type DevicesQuery, listDevices } from "../../../data/devices.ts";
import { PAGE } from "./loaded-pages.ts";

export interface ReadPages {
  readonly pages: ReadonlyMap<number, readonly DeviceResource[]>;
  /** Matching devices. */
  readonly total: number | undefined;
  /** Cursor of the answer that the pages are from; undefined if it has no further page. */
  readonly within: string | undefined;
}

/**
 * Reads these pages of the list from one answer.
 * @throws ApiError
 */
export async function readPages(
  query: DevicesQuery,
  numbers: readonly number[],
  signal?: AbortSignal,
): Promise<ReadPages> {
  const pages = new Map<number, readonly DeviceResource[]>();
  let found: Pick<ReadPages, "total" | "within"> = { total: undefined, within: undefined };
  for (const page of numbers) {
    const { items, total, next } = await listDevices(pageOf(query, page, found.within), signal);
    pages.set(page, items);
    found = { total: found.total ?? total, within: found.within ?? next ?? undefined };
  }
  return { pages, ...found };
}

/** @param within cursor of an earlier answer, from which the page is to be read */
export function pageOf(query: DevicesQuery, page: number, within: string | undefined): DevicesQuery {
  return { ...query, offset: page * PAGE, limit: PAGE, ...(within !== undefined && { within }) };
}
