import { type Defined, type DefinitionState, type Deleted, definitionDecider } from "./definition.ts";
import type { EventTypes } from "./envelope.ts";
import type { JsonObject } from "./json.ts";

export interface DeviceType {
  readonly description?: string;
  readonly board?: string;
  /** A pattern for the models of devices that have no type of their own; `*` is any text. */
  readonly model?: string;
  readonly schema?: JsonObject;
  readonly configuration?: JsonObject;
  /** The commands of devices whose profile declares none, in the form of a profile. */
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

export const deviceTypeEvents: EventTypes<DeviceTypeEvent> = {
  DeviceTypeDefined: "type",
  DeviceTypeDeleted: "type",
};

export type DeviceTypeState = DefinitionState<DeviceType>;

// Decisions

export const deviceTypeDecider = definitionDecider<DeviceType, DeviceTypeEvent>(
  "DeviceTypeDefined",
  "DeviceTypeDeleted",
);

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

/** Without patterns, every device matches. With patterns, a device without a model does not match. */
export function isForModel(patterns: readonly string[] | undefined, model: string | undefined): boolean {
  if (patterns === undefined) return true;
  return model !== undefined && patterns.some((pattern) => matchesModel(pattern, model));
}

/** The device's own type; without one, the type with the longest matching pattern, then the first by name. */
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
