import { csv } from "../../components/csv.ts";
import { type DeviceResource, deviceRows, MAX_ROWS } from "../../data/devices.ts";

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
 * @throws ApiError
 */
export async function devicesAsCsv(ids: readonly string[]): Promise<string> {
  const rows = new Map<string, DeviceResource>();
  for (let index = 0; index < ids.length; index += MAX_ROWS) {
    for (const row of await deviceRows(ids.slice(index, index + MAX_ROWS))) rows.set(row.id, row);
  }
  const known = ids.flatMap((id) => rows.get(id) ?? []);
  return csv(
    COLUMNS.map(([name]) => name),
    known.map((device) => COLUMNS.map(([, cell]) => cell(device))),
  );
}
