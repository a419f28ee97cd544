import { type DefinitionId, type DeviceType, definitionEntity, type Group, type RecordedEvent } from "@fleetlog/domain";

export interface Tick {
  readonly type: "Tick";
}

interface Cause {
  readonly atLeast: number;
  readonly causationid: string;
  readonly by: string;
  readonly reason: string;
}

export interface ReviseDevice extends Cause {
  readonly type: "ReviseDevice";
  readonly device: string;
}

/** Revises all devices that a default concerns. */
export interface ReviseConcerned extends Cause {
  readonly type: "ReviseConcerned";
  /** `type:<name>` or `group:<name>`. */
  readonly from: string;
  /** The account of the type or group; absent for `main`. */
  readonly account?: string;
  /** Present and former patterns: devices whose model matches one may have got or lost the type. */
  readonly models: readonly string[];
}

export type Revise = ReviseDevice | ReviseConcerned;

export interface Defaults {
  /** The types and groups that have a default configuration, as `type:<entity>` and `group:<entity>`. */
  readonly from: Set<string>;
  /** The model patterns of types, by entity. */
  readonly patterns: Map<string, string>;
  newestSeq: number;
}

export function initialDefaults(newestSeq = 0): Defaults {
  return { from: new Set(), patterns: new Map(), newestSeq };
}

export function react(state: Defaults, input: RecordedEvent | Tick): readonly Revise[] {
  if (input.type === "Tick") return [];
  state.newestSeq = Math.max(state.newestSeq, input.seq);
  // The categories are not read in a common order, so the views must include the newest event that was read of any
  // category.
  const cause = { atLeast: state.newestSeq, causationid: input.id };
  switch (input.type) {
    case "DeviceTypeDefined":
    case "DeviceTypeDeleted": {
      const { name, account, by } = input.data;
      const { models } = noteType(state, input.data, "definition" in input.data ? input.data.definition : undefined);
      const reason = `device type ${name}${input.type === "DeviceTypeDeleted" ? " deleted" : ""}`;
      return [{ type: "ReviseConcerned", from: `type:${name}`, ...of(account), models, by, reason, ...cause }];
    }
    case "GroupDefined":
    case "GroupDeleted": {
      const { name, account, by } = input.data;
      const concerned = noteGroup(state, input.data, "definition" in input.data ? input.data.definition : undefined);
      const reason = `group ${name}${input.type === "GroupDeleted" ? " deleted" : ""}`;
      if (!concerned) return [];
      return [{ type: "ReviseConcerned", from: `group:${name}`, ...of(account), models: [], by, reason, ...cause }];
    }
    case "ConfigurationSet": {
      const { device, by, reason, defaults } = input.data;
      // The defaults may have changed while a person set this configuration. Events of this reaction have a reason.
      if (reason !== undefined || (defaults.length === 0 && state.from.size === 0)) return [];
      return [{ type: "ReviseDevice", device, by, reason: "a default changed meanwhile", ...cause }];
    }
    case "DeviceRegistered":
      return [{ type: "ReviseDevice", device: input.data.device, by: input.data.by, reason: "registered", ...cause }];
    case "DeviceMoved":
      return [{ type: "ReviseDevice", device: input.data.device, by: input.data.by, reason: "moved", ...cause }];
    case "DeviceRetired":
      return [{ type: "ReviseDevice", device: input.data.device, by: input.data.by, reason: "retired", ...cause }];
    case "DeviceRenamed":
    case "DeviceNameRemoved":
    case "DeviceTagged":
    case "DeviceTyped":
    case "DeviceProfileReported": {
      if (state.from.size === 0) return [];
      const { device } = input.data;
      const by = "by" in input.data ? input.data.by : device;
      return [{ type: "ReviseDevice", device, by, reason: REASONS[input.type], ...cause }];
    }
    default:
      return [];
  }
}

const REASONS = {
  DeviceRenamed: "its name changed",
  DeviceNameRemoved: "its name changed",
  DeviceTagged: "its tags changed",
  DeviceTyped: "its type changed",
  DeviceProfileReported: "its profile changed",
} as const;

function of(account: string | undefined): { readonly account?: string } {
  return account === undefined ? {} : { account };
}

function noteType(
  { from, patterns }: Defaults,
  id: DefinitionId,
  definition: DeviceType | undefined,
): { readonly models: readonly string[] } {
  const name = definitionEntity(id);
  const before = patterns.get(name);
  const { model, configuration } = definition ?? {};
  if (model === undefined) patterns.delete(name);
  else patterns.set(name, model);
  if (configuration === undefined) from.delete(`type:${name}`);
  else from.add(`type:${name}`);
  return { models: [...new Set([before, model].filter((one) => one !== undefined))] };
}

function noteGroup({ from }: Defaults, id: DefinitionId, definition: Group | undefined): boolean {
  const key = `group:${definitionEntity(id)}`;
  const had = from.delete(key);
  if (definition?.configuration === undefined) return had;
  from.add(key);
  return true;
}
