import { html, nothing, type TemplateResult } from "lit";
import { deviceLooks } from "../../../components/devices/looks.ts";
import { ago, exactly } from "../../../components/text/times.ts";
import type { DeviceResource, DeviceSortKey } from "../../../data/devices.ts";
import { inPast } from "../../../state/past.ts";
import { paths } from "../../../state/paths.ts";
import { store, stored } from "../../../state/storage.ts";
import { tagCell, tagsWidth } from "./tag-cell.ts";

export interface Column {
  readonly key: string;
  readonly title: string;
  /** Least width, most width for the content (both in rem), and share of the remaining width. */
  readonly least: number;
  readonly most?: number;
  readonly share: number;
  /** For columns whose width follows their content: the content's text, or its width in rem. */
  readonly text?: (device: DeviceResource) => string | undefined;
  readonly wide?: (device: DeviceResource) => number;
  readonly sort?: DeviceSortKey;
  readonly numeric?: boolean;
  /** @param width the column's width, rem */
  readonly cell: (device: DeviceResource, now: number, width: number) => TemplateResult | string | typeof nothing;
}

/** All columns. Cells are plain elements, since scrolling renders hundreds of them. */
export const COLUMNS: readonly Column[] = [
  {
    key: "id",
    title: "Device",
    least: 10,
    most: 20,
    share: 1,
    text: ({ id }) => id,
    sort: "id",
    cell: ({ id }) => html`<a class="id" tabindex="-1" href=${inPast(paths.device(id))}>${id}</a>`,
  },
  {
    key: "status",
    title: "Status",
    least: 8.75,
    share: 0,
    sort: "status",
    cell: ({ status }) => statusCell(status),
  },
  {
    key: "name",
    title: "Name",
    least: 6,
    most: 20,
    share: 1.5,
    text: ({ name }) => name,
    sort: "name",
    cell: ({ name }) => (name ? html`<bdi>${name}</bdi>` : nothing),
  },
  {
    key: "tags",
    title: "Tags",
    // The column may be narrow, because a count stands for tags that do not fit.
    least: 6,
    most: 13,
    share: 2,
    wide: ({ tags }) => tagsWidth(tags),
    cell: ({ tags }, _, width) => tagCell(tags, width - GAP),
  },
  {
    key: "model",
    title: "Model",
    least: 5.5,
    most: 16,
    share: 1,
    sort: "model",
    text: ({ model }) => model,
    cell: ({ model }) => model ?? nothing,
  },
  {
    key: "firmware",
    title: "Firmware",
    least: 5,
    most: 10,
    share: 0.6,
    text: ({ firmware }) => firmware,
    sort: "firmware",
    cell: ({ firmware }) => firmware ?? nothing,
  },
  {
    key: "serial",
    title: "Serial",
    least: 6,
    most: 12,
    share: 0.8,
    text: ({ serial }) => serial,
    cell: ({ serial }) => serial ?? nothing,
  },
  {
    key: "gateway",
    title: "Gateway",
    least: 5.5,
    most: 14,
    share: 0.7,
    text: ({ session }) => session?.gateway,
    cell: ({ session }) => session?.gateway ?? nothing,
  },
  {
    key: "protocol",
    title: "Protocol",
    least: 5.5,
    most: 10,
    share: 0,
    text: ({ session }) => session?.version ?? session?.protocol,
    cell: ({ session }) => session?.version ?? session?.protocol ?? nothing,
  },
  {
    key: "since",
    title: "Status since",
    least: 6.25,
    share: 0,
    sort: "since",
    cell: ({ since }, now) => timeCell(since, now),
  },
  {
    key: "lastSeen",
    title: "Last seen",
    least: 5.5,
    share: 0,
    sort: "lastSeen",
    cell: ({ status, lastSeen }, now) => (status === "connected" ? "now" : timeCell(lastSeen, now)),
  },
  {
    key: "registeredAt",
    title: "Registered",
    least: 5.75,
    share: 0,
    sort: "registeredAt",
    cell: ({ registeredAt }, now) => timeCell(registeredAt, now),
  },
];

/**
 * The columns that fit; the last columns are dropped first.
 * @param width in rem
 */
export function fitting(columns: readonly Column[], width: number): readonly Column[] {
  let left = width - CHECK;
  return columns.filter(({ least, key }) => {
    left -= least;
    return left >= 0 || key === "id" || key === "status";
  });
}

/**
 * Width of each column, in rem: its content's width within its limits. If the room is short, the columns that want most
 * above their least width get less: a long name must not cut short texts beside it. `share` distributes remaining room.
 * @param room in rem
 * @param wanted width of the content, in rem, by column
 */
export function widths(
  columns: readonly Column[],
  room: number,
  wanted: ReadonlyMap<string, number>,
): ReadonlyMap<string, number> {
  const want = ({ key, least, most = least }: Column): number =>
    Math.max(least, Math.min(most, wanted.get(key) ?? least));
  const sum = (of: (column: Column) => number): number => columns.reduce((total, column) => total + of(column), 0);
  const left = room - CHECK;
  const [least, most, shares] = [sum((column) => column.least), sum(want), sum(({ share }) => share)];
  const above = (column: Column) => want(column) - column.least;
  const limit = evenLimit(columns.map(above), left - least);
  const over = shares > 0 ? Math.max(0, left - most) / shares : 0;
  const each = (column: Column) => column.least + Math.min(above(column), limit) + over * column.share;
  return new Map(columns.map((column) => [column.key, each(column)]));
}

/** The limit at which the wanted amounts together fill the room: whoever wants less than the limit gets all of it. */
function evenLimit(wanted: readonly number[], room: number): number {
  let left = Math.max(0, room);
  let others = wanted.length;
  for (const one of wanted.toSorted((a, b) => a - b)) {
    if (one * others >= left) return left / others;
    left -= one;
    others--;
  }
  return Number.POSITIVE_INFINITY;
}

/** Tracks of the CSS grid, with one for the check boxes. The first column takes the rounding error. */
export function tracks(columns: readonly Column[], wide: ReadonlyMap<string, number>): string {
  const each = columns.map(({ key, least }, index) => {
    const width = `${(wide.get(key) ?? least).toFixed(2)}rem`;
    return index === 0 ? `minmax(${width}, 1fr)` : width;
  });
  return [`${CHECK}rem`, ...each].join(" ");
}

const SAMPLE = 100;
const FITTING_SHARE = 0.97;

/**
 * Width of each column's content, in rem, for 97 % of the devices: a single long name must not take the other columns'
 * room.
 * @param measure width of a text in the table's font, in rem
 */
export function contents(
  columns: readonly Column[],
  devices: readonly DeviceResource[],
  measure: (text: string) => number,
): ReadonlyMap<string, number> {
  const sample = devices.slice(0, SAMPLE);
  return new Map(
    columns.flatMap(({ key, title, text, wide }) => {
      if (text === undefined && wide === undefined) return [];
      const each = sample.map((device) => wide?.(device) ?? measure(text?.(device) ?? ""));
      each.sort((a, b) => a - b);
      const usual = each[Math.ceil(each.length * FITTING_SHARE) - 1] ?? 0;
      return [[key, Math.max(usual, measure(title) + SORT_MARK) + GAP] as const];
    }),
  );
}

/** Width of the sort arrow beside a title, in rem. */
const SORT_MARK = 0.5;
const CHECK = 2.5;
/** Gap at the end of a cell, in rem. */
const GAP = 0.75;
const USUAL = ["id", "status", "name", "tags", "model", "firmware", "since", "lastSeen"];
const KEY = "fleetlog.fleet.columns";

/** The columns chosen in this browser; always includes the id. */
export function keptColumns(): readonly string[] {
  try {
    const kept: unknown = JSON.parse(stored(KEY) ?? "null");
    if (Array.isArray(kept))
      return ["id", ...kept.filter((key) => COLUMNS.some((one) => one.key === key && key !== "id"))];
  } catch {}
  return USUAL;
}

export function keepColumns(keys: readonly string[]): void {
  store(KEY, JSON.stringify(keys));
}

export function statusCell(status: DeviceResource["status"]): TemplateResult {
  return html`<span class="status ${status}"><i></i>${deviceLooks[status].text}</span>`;
}

export function timeCell(at: string | undefined, now: number): TemplateResult | typeof nothing {
  if (at === undefined) return nothing;
  const date = new Date(at);
  return html`<time datetime=${at} title=${exactly(date)}>${ago(date.getTime(), now)}</time>`;
}
