import { html, nothing, type TemplateResult } from "lit";
import { deviceLooks } from "../../components/looks.ts";
import { ago, exactly } from "../../components/times.ts";
import type { DeviceResource, DeviceSortKey } from "../../data/devices.ts";
import { paths } from "../../state/paths.ts";

export interface Column {
  readonly key: string;
  readonly title: string;
  /** A track of a CSS grid. */
  readonly width: string;
  readonly sort?: DeviceSortKey;
  readonly numeric?: boolean;
  readonly cell: (device: DeviceResource, now: number) => TemplateResult | string | typeof nothing;
}

const SHOWN_TAGS = 2;

/** All columns there are. Cells are plain elements: hundreds of them are made anew while the table is scrolled. */
export const COLUMNS: readonly Column[] = [
  {
    key: "id",
    title: "Device",
    width: "minmax(11rem, 1.6fr)",
    sort: "id",
    cell: ({ id }) => html`<a class="id" tabindex="-1" href=${paths.device(id)}>${id}</a>`,
  },
  { key: "status", title: "Status", width: "9.5rem", sort: "status", cell: ({ status }) => statusCell(status) },
  { key: "name", title: "Name", width: "minmax(7rem, 1.2fr)", sort: "name", cell: ({ name }) => name ?? nothing },
  { key: "tags", title: "Tags", width: "minmax(9rem, 1.3fr)", cell: ({ tags }) => tagCell(tags) },
  { key: "model", title: "Model", width: "minmax(7rem, 1fr)", sort: "model", cell: ({ model }) => model ?? nothing },
  {
    key: "firmware",
    title: "Firmware",
    width: "minmax(5.5rem, 0.6fr)",
    sort: "firmware",
    cell: ({ firmware }) => firmware ?? nothing,
  },
  { key: "serial", title: "Serial", width: "minmax(6rem, 0.8fr)", cell: ({ serial }) => serial ?? nothing },
  {
    key: "gateway",
    title: "Gateway",
    width: "minmax(5.5rem, 0.7fr)",
    cell: ({ session }) => session?.gateway ?? nothing,
  },
  {
    key: "protocol",
    title: "Protocol",
    width: "6.5rem",
    cell: ({ session }) => session?.version ?? session?.protocol ?? nothing,
  },
  { key: "since", title: "Status since", width: "7rem", sort: "since", cell: ({ since }, now) => timeCell(since, now) },
  {
    key: "lastSeen",
    title: "Last seen",
    width: "6.5rem",
    sort: "lastSeen",
    cell: ({ status, lastSeen }, now) => (status === "connected" ? "now" : timeCell(lastSeen, now)),
  },
  {
    key: "registeredAt",
    title: "Registered",
    width: "6.5rem",
    sort: "registeredAt",
    cell: ({ registeredAt }, now) => timeCell(registeredAt, now),
  },
];

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

function tagCell(tags: readonly string[]): TemplateResult | typeof nothing {
  if (tags.length === 0) return nothing;
  const more = tags.length - SHOWN_TAGS;
  return html`<span class="tags" title=${tags.join(", ")}
    >${tags.slice(0, SHOWN_TAGS).map((tag) => html`<span class="tag">${tag}</span>`)}${more > 0 ? html`<span>+${more}</span>` : nothing}</span
  >`;
}
