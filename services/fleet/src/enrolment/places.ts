import type { Enrolled, EnrolmentGroup, Scope } from "@fleetlog/domain";
import type { Fleet } from "../dependencies/fleet.ts";
import { groupInScope } from "./load.ts";

export interface PlacesQuery {
  /** Part of the devices' ids. */
  readonly search?: string | undefined;
  readonly limit: number;
  /** `next` of the page before. */
  readonly cursor?: string | undefined;
}

export interface PlacesPage {
  readonly items: readonly Enrolled[];
  readonly next: string | null;
  readonly total: number;
}

/** The devices of a group, by their ids. @throws FleetError `enrolment-group-unknown` */
export async function enrolledIn(
  fleet: Pick<Fleet, "log">,
  id: string,
  scope: Scope,
  query: PlacesQuery,
): Promise<PlacesPage> {
  return placesPage(await groupInScope(fleet, id, scope), query);
}

function placesPage({ places }: EnrolmentGroup, { search = "", limit, cursor = "" }: PlacesQuery): PlacesPage {
  const wanted = search.toLowerCase();
  const all = Object.values(places).flat();
  const found = wanted === "" ? all : all.filter(({ device }) => device.toLowerCase().includes(wanted));
  const rest = found.filter(({ device }) => device > cursor).sort((a, b) => (a.device < b.device ? -1 : 1));
  const items = rest.slice(0, limit);
  return { items, next: items.length < rest.length ? (items.at(-1)?.device ?? null) : null, total: found.length };
}
