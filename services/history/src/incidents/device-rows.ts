import { CATEGORY_OF, type RecordedEvent } from "@fleetlog/domain";
import { advance, FLEET_PROJECTIONS, type Projection, type ViewRow } from "@fleetlog/projections/folding";
import type { NamedRow } from "./rows-hash.ts";

/** The projections whose rows are each about one device, and which never remove rows. */
export const DEVICE_PROJECTIONS: readonly Projection[] = FLEET_PROJECTIONS.filter(
  ({ newest, ...projection }) => newest === undefined && deviceColumnOf(projection) !== undefined,
);

/** The column with the device's id; `key` is the row's key. */
export function deviceColumnOf({ name, belongs }: Pick<Projection, "name" | "belongs">): string | undefined {
  if (name === "registry") return "key";
  return typeof belongs === "object" && belongs.to === "registry" ? belongs.column : undefined;
}

/** Rows of some devices in memory, to which events are applied. */
export class DeviceRows {
  readonly #devices: ReadonlySet<string>;
  readonly #rows = new Map<Projection, Map<string, ViewRow>>();

  constructor(devices: readonly string[], projections: readonly Projection[] = DEVICE_PROJECTIONS) {
    this.#devices = new Set(devices);
    for (const projection of projections) this.#rows.set(projection, new Map());
  }

  /** @returns false for an unknown projection */
  load({ projection: name, key, row }: NamedRow): boolean {
    for (const [projection, rows] of this.#rows) {
      if (projection.name !== name) continue;
      rows.set(key, row as ViewRow);
      return true;
    }
    return false;
  }

  apply(event: RecordedEvent): void {
    for (const [projection, rows] of this.#rows) {
      if (!projection.categories.includes(CATEGORY_OF[event.type])) continue;
      for (const key of keysOf(projection, rows, event)) {
        const next = advance(projection, rows.get(key), event);
        if (next !== undefined && this.#devices.has(deviceOf(projection, key, next))) rows.set(key, next);
      }
    }
  }

  /** All rows except those that a move to another account has hidden. */
  all(): NamedRow[] {
    return [...this.#rows].flatMap(([projection, rows]) =>
      [...rows]
        .filter(([, row]) => !isHidden(projection, row))
        .map(([key, row]) => ({ projection: projection.name, key, row })),
    );
  }
}

function keysOf(projection: Projection, rows: ReadonlyMap<string, ViewRow>, event: RecordedEvent): string[] {
  const touched = projection.touches(event);
  if (touched === undefined) return [];
  const keys = touched.key === undefined ? [] : [touched.key];
  if (!("column" in touched)) return keys;
  const column = projection.columns.find(({ name }) => name === touched.column);
  const found = [...rows].filter(([, row]) => column?.of(row) === touched.value).map(([key]) => key);
  return [...found, ...keys];
}

function deviceOf(projection: Projection, key: string, row: ViewRow): string {
  const name = deviceColumnOf(projection);
  return name === "key" ? key : String(projection.columns.find((column) => column.name === name)?.of(row));
}

export function isHidden({ belongs, columns }: Projection, row: ViewRow): boolean {
  if (typeof belongs !== "object" || belongs.hidden === undefined) return false;
  return columns.find(({ name }) => name === belongs.hidden)?.of(row) === 1;
}
