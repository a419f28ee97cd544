import { artifactDecider, artifactEntity, artifactEvents, isEventOf, type StoredArtifact } from "@fleetlog/domain";
import type { Projection, ViewRow } from "../../projection.ts";
import { SEPARATOR } from "../../select/sets.ts";
import { sortable } from "../devices/registry.ts";
import { searchable } from "../search.ts";

/** A version of an artifact; after its deletion only the name. */
export interface ArtifactRow extends ViewRow {
  readonly name: string;
  readonly version: string;
  readonly account: string;
  readonly stored?: Omit<StoredArtifact, "status">;
}

export const artifacts: Projection<ArtifactRow> = {
  name: "artifacts",
  version: 2,
  categories: ["artifact"],
  belongs: "own",

  touches: (event) => (isEventOf(artifactEvents, event) ? { key: artifactEntity(event.data) } : undefined),

  evolve(row, event) {
    if (!isEventOf(artifactEvents, event)) return row;
    const { name, version, account } = event.data;
    const before = row?.stored === undefined ? artifactDecider.initial : ({ status: "stored", ...row.stored } as const);
    const next = artifactDecider.evolve(before, event);
    if (next === before) return row;
    const kept = { seq: event.seq, name, version, account };
    if (next.status !== "stored") return kept;
    const { status: _, ...stored } = next;
    return { ...kept, stored };
  },

  columns: [
    { name: "deleted", type: "integer", of: (row) => (row.stored === undefined ? 1 : 0) },
    { name: "account", type: "text", fixed: true, of: (row) => row.account },
    // Artifacts have no tags, so no scope of tags contains them.
    { name: "tags", type: "set", of: () => [] },
    { name: "name", type: "text", fixed: true, selective: true, of: (row) => row.name },
    { name: "byName", type: "text", fixed: true, of: (row) => sortable([row.name, row.version].join(SEPARATOR)) },
    {
      name: "search",
      type: "text",
      fixed: true,
      fold: searchable,
      of: (row) => searchable(`${row.name} ${row.version}`),
    },
    { name: "size", type: "integer", of: (row) => row.stored?.size ?? 0 },
    { name: "storedAt", type: "text", of: (row) => row.stored?.storedAt ?? "" },
  ],
  indexes: [
    { on: ["name"] },
    { on: ["deleted", "byName"] },
    { on: ["deleted", "storedAt"] },
    { on: ["deleted", "size", "account"] },
  ],
};
