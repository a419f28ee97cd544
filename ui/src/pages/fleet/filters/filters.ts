import { UPDATE_STATES } from "../../../components/updates/update-looks.ts";
import type { GroupBody } from "../../../data/configuration.ts";
import { DEVICE_STATUSES, type DeviceOrder, type DeviceStatus, type ListDevicesQuery } from "../../../data/devices.ts";
import type { UpdateState } from "../../../data/updates.ts";
import { paths } from "../../../state/paths.ts";
import type { UrlFormat } from "../../../state/url-state.ts";

/** The filters and order of the list, kept in the URL. */
export interface Filters {
  readonly search: string;
  readonly account: string;
  readonly status: DeviceStatus | "";
  readonly tag: string;
  readonly model: string;
  readonly firmware: string;
  readonly type: string;
  readonly group: string;
  readonly update: UpdateState | "";
  /** A key of {@link SEEN}, or the exact time at which the device was last seen (RFC 3339, in UTC). */
  readonly seen: string;
  readonly sort: DeviceOrder;
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** Last seen in the last `within` ms, or not for `longer` ms. */
export const SEEN = {
  "5m": { text: "Seen in the last 5 min", within: 5 * MINUTE },
  "1h": { text: "Seen in the last hour", within: HOUR },
  "24h": { text: "Seen in the last 24 h", within: 24 * HOUR },
  "not-1h": { text: "Not seen for 1 hour", longer: HOUR },
  "not-24h": { text: "Not seen for 24 hours", longer: 24 * HOUR },
  "not-7d": { text: "Not seen for 7 days", longer: 7 * 24 * HOUR },
} as const;
export type SeenKey = keyof typeof SEEN;

export const NO_FILTERS: Filters = {
  search: "",
  account: "",
  status: "",
  tag: "",
  model: "",
  firmware: "",
  type: "",
  group: "",
  update: "",
  seen: "",
  sort: "attention",
};

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

const SORTABLE = /^-?(?:id|name|status|model|firmware|since|lastSeen|registeredAt|attention)$/;

export const filterFormat: UrlFormat<Filters> = {
  read(parameters) {
    const text = (name: string): string => parameters.get(name) ?? "";
    const [status, seen, sort] = [text("status"), text("seen"), text("sort")];
    return {
      search: text("search"),
      account: text("account"),
      status: DEVICE_STATUSES.find((one) => one === status) ?? "",
      tag: text("tag"),
      model: text("model"),
      firmware: text("firmware"),
      type: text("type"),
      group: text("group"),
      update: UPDATE_STATES.find((one) => one === text("update")) ?? "",
      seen: Object.hasOwn(SEEN, seen) || isTime(seen) ? seen : "",
      sort: SORTABLE.test(sort) ? (sort as DeviceOrder) : NO_FILTERS.sort,
    };
  },
  write(filters) {
    const given = Object.entries(filters).filter(([name, value]) => value !== NO_FILTERS[name as keyof Filters]);
    return new URLSearchParams(given);
  },
};

export function isFiltered(filters: Filters): boolean {
  return filterFormat.write({ ...filters, sort: NO_FILTERS.sort }).size > 0;
}

export function addressOf(filters: Partial<Filters>): string {
  return `${paths.fleet}?${filterFormat.write({ ...NO_FILTERS, ...filters })}`;
}

/** Whether the filters refer to the time at which they are applied. */
export function isRelative({ seen }: Filters): boolean {
  return seen !== "" && !isTime(seen);
}

/** @param now ms since 1970 */
export function toQuery(filters: Filters, now: number): ListDevicesQuery {
  const { search, account, status, tag, model, firmware, type, group, update, seen, sort } = filters;
  return {
    ...(search.trim() && { search: search.trim() }),
    ...(account && { account }),
    ...(status && { status }),
    ...(tag && { tag }),
    ...(model && { model }),
    ...(firmware && { firmware }),
    ...(type && { type }),
    ...(group && { group }),
    ...(update && { update }),
    ...(seen && moment(seen, now)),
    ...(sort !== "id" && { sort }),
  };
}

export function isTime(seen: string): boolean {
  return TIME.test(seen) && !Number.isNaN(Date.parse(seen));
}

function moment(seen: string, now: number): Pick<ListDevicesQuery, "seenSince" | "notSeenSince"> {
  if (isTime(seen)) return { seenSince: seen, notSeenSince: new Date(Date.parse(seen) + 1).toISOString() };
  const choice = SEEN[seen as SeenKey];
  return "within" in choice
    ? { seenSince: new Date(now - choice.within).toISOString() }
    : { notSeenSince: new Date(now - choice.longer).toISOString() };
}

/** Whether a device's status affects the list's members or their order. */
export function followsStatus({ status, seen, sort }: Filters): boolean {
  return status !== "" || seen !== "" || /status|since|lastSeen|attention/.test(sort);
}

/** The filters in the form that a group stores; undefined without filters, or with a filter that groups cannot have. */
export function groupFilter(filters: Filters): GroupBody["filter"] | undefined {
  const { search, account, status, tag, model, firmware, type, group, update, seen } = filters;
  const isOther = group !== "" || account !== "" || update !== "";
  if (isOther || seen !== "" || status === "retired" || !isFiltered(filters)) return undefined;
  return {
    ...(search.trim() && { search: search.trim() }),
    ...(status && { status }),
    ...(tag && { tag }),
    ...(model && { model }),
    ...(firmware && { firmware }),
    ...(type && { type }),
  };
}
