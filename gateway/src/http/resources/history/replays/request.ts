import { type Category, DEVICE_CATEGORIES, type Person, streamOf } from "@fleetlog/domain";
import { allowHistoryOf, type Fleet, type OpenedReplay, openReplay, personCaller } from "@fleetlog/fleet";
import { readableCategories, scopeOf } from "@fleetlog/identity";
import type { ReplayPlace } from "@fleetlog/protocol";
import type { ReplayPlan } from "./id.ts";

/** Where reading begins: after all events up to a moment or, with `after`, after the last events that were read. */
export interface Start {
  readonly from: string | number;
  readonly after?: ReplayPlace;
}

export type ReplayFleet = Pick<Fleet, "history" | "views" | "log">;

const OF_DEVICES: ReadonlySet<Category> = new Set(DEVICE_CATEGORIES);

/** @throws FleetError `device-unknown` if the device of the plan was never registered, or is not in the person's scope */
export async function requireReplayAccess(
  fleet: ReplayFleet,
  person: Person,
  { device }: Pick<ReplayPlan, "device">,
): Promise<void> {
  scopeOf(person, "history.read");
  if (device === undefined) return;
  await allowHistoryOf(fleet, personCaller(person, "replay"), device);
}

/**
 * The events that the person may see.
 *
 * @throws FleetError as `openReplay`
 */
export function opened(
  { history }: Pick<Fleet, "history">,
  person: Person,
  plan: Omit<ReplayPlan, "speed" | "to"> & { readonly to?: ReplayPlan["to"] },
  start: Start,
  signal: AbortSignal,
): Promise<OpenedReplay> {
  const { device, to, content } = plan;
  const categories = readableCategories(person).filter((one) =>
    device === undefined ? ["FLEET", "TELEMETRY"].includes(streamOf(one)) : OF_DEVICES.has(one),
  );
  const request = {
    ...start,
    ...(to !== undefined && { to }),
    ...(device !== undefined && { device }),
    categories,
    events: content === "events",
    scope: scopeOf(person, "history.read"),
  };
  return openReplay(history, request, signal);
}
