import { CAUSE_KINDS, type Cause } from "../../components/history/cause-looks.ts";
import type { CauseKind, DiffQuery } from "../../data/history.ts";
import type { UrlFormat } from "../../state/url-state.ts";

/** What is compared, kept in the URL under the names of the API. "" sets no limit; as `to` it means now. */
export interface Filters {
  /** Moments: RFC 3339 or a FLEET sequence. */
  readonly from: string;
  readonly to: string;
  readonly group: string;
  /** The group's account. */
  readonly account: string;
  readonly device: string;
  readonly change: string;
  readonly cause: CauseKind | "";
  readonly by: string;
  /** The page; "": the first. */
  readonly cursor: string;
}

export const NO_FILTERS: Filters = {
  ...{ from: "", to: "", group: "", account: "", device: "", change: "", cause: "", by: "", cursor: "" },
};

const NAMES = Object.keys(NO_FILTERS) as (keyof Filters)[];

export const filterFormat: UrlFormat<Filters> = {
  read(parameters) {
    const read = Object.fromEntries(NAMES.map((name) => [name, parameters.get(name)?.trim() ?? ""]));
    const cause = CAUSE_KINDS.find((kind) => kind === read.cause);
    return { ...NO_FILTERS, ...read, ...(cause === undefined ? { cause: "", by: "" } : { cause }) };
  },
  write: (filters) => new URLSearchParams(given(filters)),
};

/** Undefined without a first moment. */
export function queryOf(filters: Filters): DiffQuery | undefined {
  return filters.from === "" ? undefined : { ...(given(filters) as Partial<DiffQuery>), from: filters.from };
}

/** A filter by this cause, or none if it is chosen already. */
export function toggledCause({ cause, by }: Filters, { kind, by: who = "" }: Cause): Pick<Filters, "cause" | "by"> {
  return cause === kind && by === who ? { cause: "", by: "" } : { cause: kind, by: who };
}

function given(filters: Filters): Record<string, string> {
  return Object.fromEntries(Object.entries(filters).filter(([, value]) => value !== ""));
}
