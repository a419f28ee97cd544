import { html, nothing, type TemplateResult } from "lit";
import { deviceLooks } from "../../components/looks.ts";
import { ago, exactly } from "../../components/times.ts";
import type { DeviceResource, DeviceSortKey } from "../../data/devices.ts";
import { paths } from "../../state/paths.ts";
import { tagCell } from "./tag-cell.ts";

export interface Column {
  readonly key: string;
  readonly title: string;
  /** How wide it must be at least, in rem, and how much of what is left it takes. */
  readonly least: number;
  readonly share: number;
  readonly sort?: DeviceSortKey;
  readonly numeric?: boolean;
  /** @param width of the column, in rem */
  readonly cell: (device: DeviceResource, now: number, width: number) => TemplateResult | string | typeof nothing;
}

/** All columns there are. Cells are plain elements: hundreds of them are made anew while the table is scrolled. */
export const COLUMNS: readonly Column[] = [
  {
    key: "id",
    title: "Device",
    least: 10,
    share: 1.4,
    sort: "id",
    cell: ({ id }) => html`<a class="id" tabindex="-1" href=${paths.device(id)}>${id}</a>`,
  },
  { key: "status", title: "Status", least: 9.25, share: 0, sort: "status", cell: ({ status }) => statusCell(status) },
  {
    key: "name",
    title: "Name",
    least: 7,
    share: 1.5,
    sort: "name",
    cell: ({ name }) => (name ? html`<bdi>${name}</bdi>` : nothing),
  },
  { key: "tags", title: "Tags", least: 8, share: 1.7, cell: ({ tags }, _, width) => tagCell(tags, width - GAP) },
  { key: "model", title: "Model", least: 7, share: 1, sort: "model", cell: ({ model }) => model ?? nothing },
  {
    key: "firmware",
    title: "Firmware",
    least: 5.5,
    share: 0.6,
    sort: "firmware",
    cell: ({ firmware }) => firmware ?? nothing,
  },
  { key: "serial", title: "Serial", least: 6, share: 0.8, cell: ({ serial }) => serial ?? nothing },
  {
    key: "gateway",
    title: "Gateway",
    least: 5.5,
    share: 0.7,
    cell: ({ session }) => session?.gateway ?? nothing,
  },
  {
    key: "protocol",
    title: "Protocol",
    least: 6.5,
    share: 0,
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

/** As many of the columns as there is room for; what comes last gives way first. @param width in rem */
export function fitting(columns: readonly Column[], width: number): readonly Column[] {
  let left = width - CHECK;
  return columns.filter(({ least, key }) => {
    left -= least;
    return left >= 0 || key === "id" || key === "status";
  });
}

/** How wide each becomes, in rem, as {@link tracks} lays them out in so much room. */
export function widths(columns: readonly Column[], room: number): ReadonlyMap<string, number> {
  const found = new Map(columns.map(({ key, least }) => [key, least]));
  // Those that need more than their share get it, and the others share what is left: until nobody needs more.
  for (let sharing = columns.filter(({ share }) => share > 0); sharing.length > 0; ) {
    const others = columns.filter((one) => !sharing.includes(one));
    const left = room - CHECK - others.reduce((sum, { key }) => sum + (found.get(key) ?? 0), 0);
    const shares = sharing.reduce((sum, { share }) => sum + share, 0);
    const fitting = sharing.filter(({ least, share }) => (left * share) / shares >= least);
    if (fitting.length === sharing.length) {
      for (const { key, share } of sharing) found.set(key, (left * share) / shares);
      break;
    }
    sharing = fitting;
  }
  return found;
}

/** As tracks of a CSS grid, after the one with the check boxes. */
export function tracks(columns: readonly Column[]): string {
  const each = columns.map(({ least, share }) => (share > 0 ? `minmax(${least}rem, ${share}fr)` : `${least}rem`));
  return [`${CHECK}rem`, ...each].join(" ");
}

const CHECK = 2.5;
/** What a cell leaves free at its end. */
const GAP = 0.75;
const USUAL = ["id", "status", "name", "tags", "model", "firmware", "since", "lastSeen"];
const KEY = "fleetlog.fleet.columns";

/** The columns that this operator wants; the device's id is always among them. */
export function keptColumns(): readonly string[] {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(KEY) ?? "null");
    if (Array.isArray(kept))
      return ["id", ...kept.filter((key) => COLUMNS.some((one) => one.key === key && key !== "id"))];
  } catch {
    // What can't be read is as good as nothing.
  }
  return USUAL;
}

export function keepColumns(keys: readonly string[]): void {
  try {
    localStorage.setItem(KEY, JSON.stringify(keys));
  } catch {
    // Where nothing can be kept the choice lasts as long as the page.
  }
}

export function statusCell(status: DeviceResource["status"]): TemplateResult {
  return html`<span class="status ${status}"><i></i>${deviceLooks[status].text}</span>`;
}

export function timeCell(at: string | undefined, now: number): TemplateResult | typeof nothing {
  if (at === undefined) return nothing;
  const date = new Date(at);
  return html`<time datetime=${at} title=${exactly(date)}>${ago(date.getTime(), now)}</time>`;
}
