import { describe, expect, it } from "vitest";
import { type ArtifactCommand, type ArtifactEvent, artifactDecider, artifactEntity } from "./artifact.ts";
import { fold } from "./decider.ts";
import { history } from "./fixtures/record.ts";
import { faultsOfRedelivery } from "./fixtures/redelivery.ts";
import { subjectOf } from "./subjects.ts";

const id = { account: "main", name: "firmware", version: "1.2.0" } as const;
const content = { object: "o1", size: 3, sha256: "aa", sha1: "bb", mediaType: "application/zip" } as const;
const stored: ArtifactEvent = { type: "ArtifactStored", data: { ...id, ...content, by: "op" } };
const deleted: ArtifactEvent = {
  type: "ArtifactDeleted",
  data: { ...id, object: "o1", size: 3, sha256: "aa", by: "op" },
};
const store: ArtifactCommand = { type: "StoreArtifact", ...id, ...content, by: "op" };
const other: ArtifactCommand = { ...store, object: "o2", sha256: "cc" };
const stateAfter = (...events: ArtifactEvent[]) => fold(artifactDecider, history(...events));

describe("deciding about a version of an artifact", () => {
  it("stores the version once, and ignores the same bytes", () => {
    expect(artifactDecider.decide(store, artifactDecider.initial)).toEqual([stored]);
    expect(artifactDecider.decide({ ...store, object: "o2" }, stateAfter(stored))).toEqual([]);
  });

  it("refuses other bytes, even after a deletion", () => {
    for (const state of [stateAfter(stored), stateAfter(stored, deleted)]) {
      expect(() => artifactDecider.decide(other, state)).toThrow(
        expect.objectContaining({ code: "artifact-exists", field: "version" }),
      );
    }
  });

  it("deletes the version once, and then stores the same bytes again", () => {
    expect(artifactDecider.decide({ type: "DeleteArtifact", by: "op" }, stateAfter(stored))).toEqual([deleted]);
    expect(artifactDecider.decide({ type: "DeleteArtifact", by: "op" }, stateAfter(stored, deleted))).toEqual([]);
    expect(artifactDecider.decide(store, stateAfter(stored, deleted))).toEqual([stored]);
    expect(stateAfter(stored, deleted, stored)).toMatchObject({ status: "stored", object: "o1", seq: 3 });
  });

  it("refuses to delete a version that was never stored", () => {
    expect(() => artifactDecider.decide({ type: "DeleteArtifact", by: "op" }, artifactDecider.initial)).toThrow(
      expect.objectContaining({ code: "artifact-unknown" }),
    );
  });

  it("tolerates redelivery", () => {
    expect(faultsOfRedelivery(artifactDecider, history(stored, deleted, stored))).toEqual([]);
  });
});

it("no two versions have the same subject", () => {
  const entities = [
    id,
    { ...id, name: "firmware-1", version: "2.0" },
    { ...id, name: "firmware", version: "1-2.0" },
    { ...id, account: "other" },
  ].map(artifactEntity);
  expect(new Set(entities.map((entity) => subjectOf("artifact", entity)))).toHaveLength(entities.length);
});
