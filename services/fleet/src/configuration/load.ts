import {
  type ConfigurationSet,
  type ConfigurationState,
  configurationDecider,
  fold,
  type RecordedEvent,
} from "@fleetlog/domain";
import type { Fleet } from "../dependencies/fleet.ts";
import type { Loaded } from "../writer/decision.ts";

/** Number of a device's newest reports that are read before the views are asked. */
const MAX_REPORTS = 64;

type LoadedConfiguration = Required<Omit<Loaded<ConfigurationState>, "ids">> & {
  /** The newest ConfigurationSet; undefined if 64 reports or more follow it. */
  readonly set?: RecordedSet;
};

/** Loads the configuration from its newest ConfigurationSet and later reports: usually one or two events. */
export async function loadConfiguration(
  { log, views }: Pick<Fleet, "log" | "views">,
  device: string,
): Promise<LoadedConfiguration> {
  const last = await log.last("configuration", device);
  if (last === undefined) return { state: configurationDecider.initial, lastSeq: 0 };
  const newest: RecordedEvent[] = [last];
  if (last.type !== "ConfigurationSet") {
    const query = { stream: "FLEET", category: "configuration", entity: device, direction: "backwards" } as const;
    for await (const event of log.read({ ...query, fromSeq: last.seq - 1, limit: MAX_REPORTS })) {
      newest.push(event);
      if (event.type === "ConfigurationSet") break;
    }
  }
  const oldest = newest.at(-1);
  if (oldest?.type === "ConfigurationSet") {
    return { state: fold(configurationDecider, newest.reverse()), lastSeq: last.seq, set: oldest as RecordedSet };
  }
  const { revision, desired, own, defaults } = (await views.query(
    "configuration.get",
    { id: device },
    { atLeast: last.seq, whenAway: "wait" },
  )) ?? { revision: 0, desired: {}, own: {}, defaults: [] };
  const before = { ...configurationDecider.initial, revision, values: desired, own, defaults };
  return { state: fold(configurationDecider, newest.reverse(), before), lastSeq: last.seq };
}

export async function desiredConfiguration(
  fleet: Pick<Fleet, "log" | "views">,
  device: string,
): Promise<Pick<ConfigurationState, "revision" | "values"> | undefined> {
  const { state } = await loadConfiguration(fleet, device);
  return state.revision === 0 ? undefined : state;
}

export type RecordedSet = RecordedEvent<ConfigurationSet>;

/** Desired configurations of a device before a log sequence, the newest first. */
export async function* configurationsBefore(
  log: Fleet["log"],
  device: string,
  before: number = Number.MAX_SAFE_INTEGER,
): AsyncGenerator<RecordedSet> {
  const query = { stream: "FLEET", category: "configuration", entity: device, direction: "backwards" } as const;
  const from = before === Number.MAX_SAFE_INTEGER ? {} : { fromSeq: before - 1 };
  for await (const event of log.read({ ...query, ...from })) {
    if (event.type === "ConfigurationSet") yield event as RecordedSet;
  }
}

/** A revision of a device's desired configuration, if it was set at sequence `since` or later. */
export async function findRevision(
  log: Fleet["log"],
  device: string,
  revision: number,
  since = 0,
): Promise<RecordedSet["data"] | undefined> {
  for await (const { data, seq } of configurationsBefore(log, device)) {
    if (seq < since) return undefined;
    if (data.revision === revision) return data;
    if (data.revision < revision) return undefined;
  }
  return undefined;
}
