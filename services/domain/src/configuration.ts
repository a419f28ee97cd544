import type { Decider } from "./decider.ts";
import type { EventTypes, Recorded } from "./envelope.ts";
import { invalid } from "./errors.ts";
import { type JsonObject, sameJson } from "./json.ts";
import { isObject, mergePatch, pointerPart } from "./merge.ts";

export interface ConfigurationLayer {
  /** `type:<name>` or `group:<name>`. */
  readonly from: string;
  readonly values: JsonObject;
}

export interface ReportedError {
  readonly code?: string | number;
  readonly message: string;
}

// Events

export interface ConfigurationSet {
  readonly type: "ConfigurationSet";
  readonly data: {
    readonly device: string;
    /** Counts from 1, and continues when the device's id is registered again. */
    readonly revision: number;
    /** What the device gets: the defaults, with its own values merged over them. */
    readonly values: JsonObject;
    /** The values set for this device. A null removes a default. */
    readonly own: JsonObject;
    /** The defaults in the order of merging. */
    readonly defaults: readonly ConfigurationLayer[];
    readonly by: string;
    readonly restored?: number;
    /** Why the configuration changed, if no person has set it. */
    readonly reason?: string;
  };
}
export interface ConfigurationReported {
  readonly type: "ConfigurationReported";
  readonly data: {
    readonly device: string;
    readonly revision: number;
    readonly state: "applied" | "refused";
    /** The values that the device uses, unless they are the desired ones. */
    readonly values?: JsonObject;
    readonly error?: ReportedError;
  };
}

export type ConfigurationEvent = ConfigurationSet | ConfigurationReported;

export const configurationEvents: EventTypes<ConfigurationEvent> = {
  ConfigurationSet: "configuration",
  ConfigurationReported: "configuration",
};

// State

export type ConfigurationReport = Omit<ConfigurationReported["data"], "device">;

export interface ConfigurationState {
  /** 0 if the configuration was never set. */
  readonly revision: number;
  readonly values: JsonObject;
  readonly own: JsonObject;
  readonly defaults: readonly ConfigurationLayer[];
  readonly setBy?: string;
  readonly setAt?: string;
  readonly restored?: number;
  readonly reason?: string;
  readonly reported?: ConfigurationReport & { readonly at: string };
  readonly seq?: number;
}

// Commands

export type ConfigurationCommand =
  | {
      readonly type: "SetConfiguration";
      readonly device: string;
      /** If absent, the device's own values stay. */
      readonly own?: JsonObject;
      readonly defaults: readonly ConfigurationLayer[];
      readonly by: string;
      readonly restored?: number;
      readonly reason?: string;
    }
  | ({ readonly type: "ReportConfiguration"; readonly device: string } & ConfigurationReport);

// Decisions

/** Merges the defaults in their order, then the device's own values (RFC 7396). */
export function effectiveValues(defaults: readonly ConfigurationLayer[], own: JsonObject): JsonObject {
  let values: unknown = {};
  for (const layer of [...defaults.map(({ values }) => values), own]) values = mergePatch(values, layer);
  return values as JsonObject;
}

/** The source of each value, by JSON pointer. A source is the `from` of a layer, or `device` for the own values. */
export function sourcesOf(
  { values, own, defaults }: Pick<ConfigurationState, "values" | "own" | "defaults">,
  below = "",
): Record<string, string> {
  const layers = [{ from: "device", values: own }, ...defaults.toReversed()];
  const sources: Record<string, string> = {};
  const visit = (value: unknown, at: readonly string[], path: string): void => {
    if (isObject(value) && Object.keys(value).length > 0) {
      for (const [key, inner] of Object.entries(value)) visit(inner, [...at, key], `${path}/${pointerPart(key)}`);
      return;
    }
    const source = layers.find((layer) => valueAt(layer.values, at) !== undefined);
    if (source !== undefined) sources[path] = source.from;
  };
  if (Object.keys(values).length > 0) visit(values, [], below);
  return sources;
}

function valueAt(values: JsonObject, path: readonly string[]): unknown {
  let value: unknown = values;
  for (const key of path) value = isObject(value) && Object.hasOwn(value, key) ? value[key] : undefined;
  return value;
}

export const configurationDecider: Decider<ConfigurationState, ConfigurationCommand, ConfigurationEvent> = {
  initial: { revision: 0, values: {}, own: {}, defaults: [] },

  decide(command, state) {
    const { device } = command;
    if (command.type === "ReportConfiguration") {
      const { type: _, ...data } = command;
      if (data.revision > state.revision) {
        throw invalid("revision", `revision ${data.revision} was never desired; the newest is ${state.revision}`);
      }
      const { at: __, ...last } = state.reported ?? { at: undefined };
      return sameJson({ ...last, device }, data) ? [] : [{ type: "ConfigurationReported", data }];
    }
    const { own = state.own, defaults, by, restored, reason } = command;
    if (sameJson(own, state.own) && sameJson(defaults, state.defaults)) return [];
    const data = {
      device,
      revision: state.revision + 1,
      values: effectiveValues(defaults, own),
      own,
      defaults,
      by,
      ...(restored !== undefined && { restored }),
      ...(reason !== undefined && { reason }),
    };
    return [{ type: "ConfigurationSet", data }];
  },

  evolve(state, event: Recorded<ConfigurationEvent>) {
    const { seq, time } = event;
    if (seq <= (state.seq ?? 0)) return state;
    switch (event.type) {
      case "ConfigurationSet": {
        const { device: _, by, ...set } = event.data;
        const { reported } = state;
        return { ...set, setBy: by, setAt: time, ...(reported !== undefined && { reported }), seq };
      }
      case "ConfigurationReported": {
        const { device: _, ...report } = event.data;
        return { ...state, reported: { ...report, at: time }, seq };
      }
      default:
        return state;
    }
  },
};
