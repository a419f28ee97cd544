import type { DeclaredCommands } from "@fleetlog/protocol";
import type { Answer } from "../view.ts";
import { type RegistryRow, registry } from "./registry.ts";

/** A larger declaration is returned as names only, so that many devices fit into one answer. */
const MAX_CHARS = 8 * 1024;
const MAX_NAMES = 50;
const MAX_NAME_CHARS = 128;

export const declaredCommands: Answer<"devices.declared"> = (reader, { ids }) => {
  const groups = new Map<string, { readonly devices: string[]; readonly commands: unknown[] }>();
  const picked = { id: "registry.key", retiredAt: "retiredAt", row: "registry.row" };
  for (const { id, retiredAt, row } of reader.rows<Picked>({ tables: [registry] }, ids, picked)) {
    if (retiredAt !== null) continue;
    const { commands } = (JSON.parse(row) as RegistryRow).device.profile ?? {};
    const declared = Array.isArray(commands) ? commands : [];
    const json = JSON.stringify(declared);
    const group = groups.get(json);
    if (group !== undefined) group.devices.push(id);
    else groups.set(json, { devices: [id], commands: json.length <= MAX_CHARS ? declared : names(declared) });
  }
  return [...groups.values()] satisfies DeclaredCommands[];
};

interface Picked {
  readonly id: string;
  readonly retiredAt: string | null;
  readonly row: string;
}

function names(commands: readonly unknown[]): string[] {
  const found = commands.flatMap((one) => {
    const name = typeof one === "string" ? one : (one as { readonly name?: unknown } | null)?.name;
    return typeof name === "string" && name.length <= MAX_NAME_CHARS ? [name] : [];
  });
  return found.slice(0, MAX_NAMES);
}
