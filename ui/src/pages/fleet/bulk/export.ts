import { csv } from "../../../components/text/csv.ts";
import { type DeviceResource, deviceRows } from "../../../data/devices.ts";
import { pastRows } from "../../../data/history.ts";

const COLUMNS: readonly (readonly [string, (device: DeviceResource) => string | number | undefined])[] = [
  ["id", ({ id }) => id],
  ["name", ({ name }) => name],
  ["status", ({ status }) => status],
  ["tags", ({ tags }) => tags.join(" ")],
  ["model", ({ model }) => model],
  ["firmware", ({ firmware }) => firmware],
  ["serial", ({ serial }) => serial],
  ["gateway", ({ session }) => session?.gateway],
  ["protocol", ({ session }) => session?.version ?? session?.protocol],
  ["statusSince", ({ since }) => since],
  ["lastSeen", ({ lastSeen }) => lastSeen],
  ["registeredAt", ({ registeredAt }) => registeredAt],
];

/**
 * CSV of the devices in the given order.
 * @param at a moment of the past: RFC 3339 or a FLEET sequence; undefined: the present
 * @throws ApiError
 */
export async function devicesAsCsv(ids: readonly string[], at?: string): Promise<string> {
  const found = await (at === undefined ? deviceRows(ids) : pastRows(ids, at));
  const rows = new Map(found.map((row) => [row.id, row]));
  const known = ids.flatMap((id) => rows.get(id) ?? []);
  return csv(
    COLUMNS.map(([name]) => name),
    known.map((device) => COLUMNS.map(([, cell]) => cell(device))),
  );
}
