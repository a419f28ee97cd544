import {
  artifactEntity,
  type EnrolmentGroup,
  enrolmentGroupDecider,
  enrolmentGroupEvents,
  isEventOf,
  type RecordedEvent,
} from "@fleetlog/domain";
import type { Projection, ViewRow } from "../../projection.ts";
import { searchable } from "../search.ts";

export interface EnrolmentGroupRow extends ViewRow {
  /** The group without its `places`, because they may be many. */
  readonly group: Omit<EnrolmentGroup, "places">;
  readonly overlapUntil?: string;
  readonly createdAt: string;
  readonly createdBy: string;
  readonly createdSeq: number;
  readonly updatedAt: string;
}

export const enrolmentGroups: Projection<EnrolmentGroupRow> = {
  name: "enrolmentGroups",
  version: 2,
  categories: ["provisioning"],
  belongs: "own",
  touches: (event) => (isEventOf(enrolmentGroupEvents, event) ? { key: event.data.group } : undefined),

  evolve(row, event) {
    const group = groupAfter(row?.group, event);
    if (group === undefined || group === row?.group) return row;
    const { seq, time } = event;
    if (row === undefined) {
      const createdBy = event.type === "EnrolmentGroupCreated" ? event.data.by : "";
      return { seq, group, createdAt: time, createdBy, createdSeq: seq, updatedAt: time };
    }
    const { overlapUntil: before, ...others } = row;
    const overlap = event.type === "EnrolmentSecretRotated" ? event.data.overlapUntil : before;
    return { ...others, seq, group, updatedAt: time, ...(overlap !== undefined && { overlapUntil: overlap }) };
  },

  ordinal: ({ createdSeq }) => createdSeq,
  columns: [
    { name: "account", type: "text", fixed: true, of: ({ group }) => group.account },
    { name: "tags", type: "set", of: ({ group }) => group.tags },
    { name: "ended", type: "integer", of: ({ group }) => (group.ended ? 1 : 0) },
    { name: "search", type: "text", fold: searchable, of: ({ group }) => searchable(group.name) },
    // The artifacts that must not be deleted.
    { name: "uses", type: "set", memberTable: true, of: ({ group }) => artifactsOf(group) },
  ],
  indexes: [{ on: ["ended", "ordinal"] }],
};

function groupAfter(group: EnrolmentGroupRow["group"] | undefined, event: RecordedEvent): typeof group {
  if (group !== undefined && event.seq <= group.seq) return group;
  if (group !== undefined && event.type === "DeviceEnrolled")
    return { ...group, enrolled: group.enrolled + (event.data.again ? 0 : 1), seq: event.seq };
  const before = group && { ...group, places: {} };
  const after = enrolmentGroupDecider.evolve(before, event);
  if (after === before || after === undefined) return group;
  const { places: _, ...others } = after;
  return others;
}

function artifactsOf({ ended, account, bundles }: EnrolmentGroupRow["group"]): string[] {
  return ended ? [] : bundles.map(({ artifact }) => artifactEntity({ account, ...artifact }));
}
