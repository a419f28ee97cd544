import { type Defined, type DefinitionState, type Deleted, definitionDecider } from "./definition.ts";
import type { EventTypes } from "./envelope.ts";
import type { JsonObject } from "./json.ts";

/** What devices of one kind have in common. */
export interface DeviceType {
  readonly description?: string;
  readonly board?: string;
  /** Devices that have no type of their own and whose profile has a matching model are of this type; `*` is any text. */
  readonly model?: string;
  /** JSON Schema of the configuration. */
  readonly schema?: JsonObject;
  /** Default configuration of its devices. */
  readonly configuration?: JsonObject;
  /** The commands of devices whose profile declares none, in the form of a profile's declaration. */
  readonly commands?: readonly unknown[];
}

// Events

export interface DeviceTypeDefined {
  readonly type: "DeviceTypeDefined";
  readonly data: Defined<DeviceType>;
}
export interface DeviceTypeDeleted {
  readonly type: "DeviceTypeDeleted";
  readonly data: Deleted;
}
export type DeviceTypeEvent = DeviceTypeDefined | DeviceTypeDeleted;

/** The category in which each event type is stored. */
export const deviceTypeEvents: EventTypes<DeviceTypeEvent> = {
  DeviceTypeDefined: "type",
  DeviceTypeDeleted: "type",
};

export type DeviceTypeState = DefinitionState<DeviceType>;

// Decisions

export const deviceType = definitionDecider<DeviceType, DeviceTypeEvent>("DeviceTypeDefined", "DeviceTypeDeleted");

/** Whether a model matches a pattern in which `*` stands for any text. */
export function matchesModel(pattern: string, model: string): boolean {
  const [first = "", ...others] = pattern.split("*");
  const last = others.pop();
  if (last === undefined) return model === pattern;
  if (!model.startsWith(first) || model.length < first.length + last.length || !model.endsWith(last)) return false;
  let at = first.length;
  for (const part of others) {
    const found = model.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return at <= model.length - last.length;
}

/**
 * The type of a device: its own, or else the one whose pattern matches its model. Of several, the one with the longest
 * pattern, which is the most exact, then the first by name.
 */
export function typeOfDevice(
  { type, model }: { readonly type?: string | null | undefined; readonly model?: string | null | undefined },
  patterns: ReadonlyMap<string, string | null | undefined>,
): string | undefined {
  if (type !== undefined && type !== null) return patterns.has(type) ? type : undefined;
  if (model === undefined || model === null) return undefined;
  let best: { readonly name: string; readonly length: number } | undefined;
  for (const [name, pattern] of patterns) {
    if (pattern === undefined || pattern === null || !matchesModel(pattern, model)) continue;
    const { length } = pattern.replaceAll("*", "");
    if (best === undefined || length > best.length || (length === best.length && name < best.name))
      best = { name, length };
  }
  return best?.name;
}
