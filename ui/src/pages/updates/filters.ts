import { UPDATE_STATES } from "../../components/updates/update-looks.ts";
import type { ListUpdatesQuery, UpdateOrder, UpdateState } from "../../data/updates.ts";
import type { UrlFormat } from "../../state/url-state.ts";

/** The filters, the order and the page of the list, kept in the URL. "": no filter. */
export interface Filters {
  readonly state: UpdateState | "";
  readonly search: string;
  readonly package: string;
  readonly model: string;
  readonly group: string;
  readonly sort: UpdateOrder;
  /** The first page is 1. */
  readonly page: number;
}

export const PAGE_SIZE = 50;

export const ORDERS: Readonly<Partial<Record<UpdateOrder, string>>> = {
  state: "What needs attention first",
  id: "Id, A to Z",
  "-id": "Id, Z to A",
  model: "Model",
  "-lookedAt": "Last looked at: newest first",
  lookedAt: "Last looked at: oldest first",
};

export const NO_FILTERS: Filters = { state: "", search: "", package: "", model: "", group: "", sort: "state", page: 1 };

export const filterFormat: UrlFormat<Filters> = {
  read(parameters) {
    const text = (name: string): string => parameters.get(name)?.trim() ?? "";
    const page = Number(text("page"));
    return {
      state: UPDATE_STATES.find((one) => one === text("state")) ?? "",
      search: text("search"),
      package: text("package"),
      model: text("model"),
      group: text("group"),
      sort: Object.hasOwn(ORDERS, text("sort")) ? (text("sort") as UpdateOrder) : NO_FILTERS.sort,
      page: Number.isInteger(page) && page > 1 && page < 100_000 ? page : 1,
    };
  },
  write: (filters) =>
    new URLSearchParams(
      Object.entries(filters).flatMap(([name, value]) =>
        value === NO_FILTERS[name as keyof Filters] ? [] : [[name, String(value)]],
      ),
    ),
};

export function isFiltered(filters: Filters): boolean {
  return filterFormat.write({ ...filters, sort: NO_FILTERS.sort, page: 1 }).size > 0;
}

export function toQuery({ page, ...filters }: Filters): ListUpdatesQuery {
  const given = Object.entries(filters).filter(([, value]) => value !== "");
  return {
    ...(Object.fromEntries(given) as ListUpdatesQuery),
    limit: PAGE_SIZE,
    ...(page > 1 && { offset: (page - 1) * PAGE_SIZE }),
  };
}
