import { counted } from "../../components/text/numbers.ts";
import type { ScanResource } from "../../data/scans.ts";
import { callerName } from "../../state/person-names.ts";

/** Which devices a scan compares. */
export function targetText({ to }: Pick<ScanResource, "to">): string {
  if (to === undefined) return "Devices";
  if ("group" in to) return `Group ${to.group}`;
  if ("devices" in to) return to.devices.length === 1 ? (to.devices[0] ?? "") : counted(to.devices.length, "device");
  const filters = Object.entries(to.filter).map(([name, value]) => `${name} ${value}`);
  return filters.length === 0 ? "All devices" : `Devices with ${filters.join(", ")}`;
}

/** Who or what has started the scan. */
export function startedText({ reason, startedBy, catalogue }: ScanResource): string {
  const by = reason === "schedule" ? "by its schedule" : `by ${callerName(startedBy)}`;
  return catalogue === undefined ? by : `with ${catalogue}, ${by}`;
}
