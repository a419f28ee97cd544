import type { ListAuditQuery } from "../../data/audit.ts";
import type { UrlFormat } from "../../state/url-state.ts";

/** Filters of the list, kept in the URL; "": no filter. */
export interface Filters {
  readonly kind: "" | NonNullable<ListAuditQuery["kind"]>;
  readonly by: string;
  readonly action: string;
  readonly device: string;
  /** RFC 3339; `from` is included, `to` is not. */
  readonly from: string;
  readonly to: string;
}

export const NO_FILTERS: Filters = { kind: "", by: "", action: "", device: "", from: "", to: "" };

const KINDS = ["act", "refusal", "sign-in"] as const;
const NAMES = Object.keys(NO_FILTERS) as (keyof Filters)[];

export const filterFormat: UrlFormat<Filters> = {
  read(parameters) {
    const read = Object.fromEntries(NAMES.map((name) => [name, parameters.get(name)?.trim() ?? ""]));
    const { kind } = read;
    return { ...NO_FILTERS, ...read, kind: KINDS.find((one) => one === kind) ?? "" };
  },
  write: (filters) => new URLSearchParams({ ...queryOf(filters) } as Record<string, string>),
};

export function queryOf(filters: Filters): ListAuditQuery {
  return Object.fromEntries(Object.entries(filters).filter(([, value]) => value !== "")) as ListAuditQuery;
}
