import type { ArtifactEvent } from "@fleetlog/domain";
import { history } from "@fleetlog/domain/fixtures";
import type { Queries } from "@fleetlog/protocol";
import { expect, it } from "vitest";
import { answer } from "../../fixtures/asking.ts";
import { ViewStore } from "../../store/store.ts";
import { FLEET_PROJECTIONS } from "../index.ts";

const stored = (name: string, version: string, size = 10, account = "main"): ArtifactEvent => ({
  type: "ArtifactStored",
  data: {
    ...{ name, version, account, size, object: `${name}-${version}`, sha256: "aa", sha1: "bb" },
    mediaType: "application/zip",
    by: "ada",
  },
});
const deleted = (name: string, version: string): ArtifactEvent => ({
  type: "ArtifactDeleted",
  data: { name, version, account: "main", object: `${name}-${version}`, size: 10, sha256: "aa", by: "ada" },
});

function built(...events: ArtifactEvent[]): ViewStore {
  const store = new ViewStore({ path: ":memory:", projections: FLEET_PROJECTIONS });
  store.apply(history(...events), events.length);
  store.commit();
  return store;
}

const fleet = () =>
  built(
    stored("pump", "1.10", 5),
    stored("pump", "1.9", 20),
    stored("valve", "2.0", 7),
    stored("valve", "2.0", 9, "other"),
    stored("pump", "0.1", 100),
    deleted("pump", "0.1"),
  );

function names(params: Queries["artifacts.list"]["params"], scope = {}): string[] {
  const { items, total } = answer("artifacts.list", fleet(), params, scope);
  expect(total).toBe(items.length);
  return items.map(({ account, name, version }) => `${account} ${name} ${version}`);
}

it("the view lists stored versions without the ids of their objects", () => {
  const { items } = answer("artifacts.list", built(stored("pump", "1.0"), stored("pump", "1.1")), {});
  expect(items).toEqual([
    expect.objectContaining({ version: "1.1", seq: 2 }),
    {
      ...{ name: "pump", version: "1.0", account: "main", size: 10, sha256: "aa", sha1: "bb" },
      mediaType: "application/zip",
      ...{ storedAt: "2026-01-02T03:04:05.000Z", storedBy: "ada", seq: 1 },
    },
  ]);
});

it("the view leaves out a deleted version until it is stored again", () => {
  expect(names({ name: "pump" })).toHaveLength(2);
  const again = built(stored("pump", "1.0"), deleted("pump", "1.0"), stored("pump", "1.0"));
  expect(answer("artifacts.list", again, {}).items).toMatchObject([{ version: "1.0", seq: 3 }]);
});

it("the view filters by name, words and account, and sorts versions by their numbers", () => {
  expect(names({ sort: "name" })).toEqual(["main pump 1.9", "main pump 1.10", "main valve 2.0", "other valve 2.0"]);
  const mixed = answer("artifacts.list", built(stored("Valve", "2.0-RC1")), { search: "valve rc1" });
  expect(mixed.items).toMatchObject([{ version: "2.0-RC1" }]);
  expect(names({ search: "PUM 1.1" })).toEqual(["main pump 1.10"]);
  expect(names({ account: "other" })).toEqual(["other valve 2.0"]);
  expect(names({ sort: "-size", account: "main" })).toEqual(["main pump 1.9", "main valve 2.0", "main pump 1.10"]);
});

it("the view applies the scope; a scope of tags contains no artifacts, because artifacts have no tags", () => {
  expect(names({}, { accounts: ["other"] })).toEqual(["other valve 2.0"]);
  expect(names({}, { tags: ["north"] })).toEqual([]);
});

it("the view pages through the list", () => {
  const first = answer("artifacts.list", fleet(), { sort: "name", limit: 3 });
  expect(first.items).toHaveLength(3);
  const second = answer("artifacts.list", fleet(), { sort: "name", limit: 3, cursor: String(first.next) });
  expect(second).toMatchObject({ items: [{ name: "valve", account: "other" }], next: null, total: 4 });
});

it("the view sums up what an account stores", () => {
  expect(answer("artifacts.usage", fleet(), { account: "main" })).toEqual({ versions: 3, bytes: 32 });
  expect(answer("artifacts.usage", fleet(), { account: "nobody" })).toEqual({ versions: 0, bytes: 0 });
});
