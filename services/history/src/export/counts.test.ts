import { CATEGORIES, parseSubject, type RecordedEvent, type Scope, streamOf } from "@fleetlog/domain";
import { projectionsOf, streamOfProjection, VIEWS } from "@fleetlog/projections/folding";
import { afterAll, beforeAll, expect, it } from "vitest";
import { inScope } from "../access/visible.ts";
import { HistoryStore } from "../store/history-store.ts";
import { ownedIn } from "../testing/owned.ts";
import { ofStream, randomHistory } from "../testing/random-history.ts";
import { feed, silent, workspace } from "../testing/stores.ts";
import { EventCounts } from "./counts.ts";

const events = ofStream(randomHistory(12, 200, 7), "FLEET");
const last = events.at(-1)?.seq ?? 0;
const projections = projectionsOf(VIEWS).filter((one) => streamOfProjection(one) === "FLEET");
const devices = ownedIn(events);
let place: Awaited<ReturnType<typeof workspace>>;
let store: HistoryStore;
let counts: EventCounts;

beforeAll(async () => {
  place = await workspace();
  const options = { directory: place.directory, duck: place.duck, logger: silent, sealEvery: 90 };
  store = await HistoryStore.open({ ...options, stream: "FLEET", projections });
  await feed(store, events);
  await devices.load();
  counts = new EventCounts(place.duck, new Map([["FLEET", store]]), devices);
});
afterAll(async () => {
  await counts.close();
  await store.close();
  place.remove();
});

const scopes: readonly (Scope | undefined)[] = [
  undefined,
  { accounts: ["main"] },
  { accounts: ["north", "south"] },
  { tags: ["roof"] },
];
const fleet = CATEGORIES.filter((one) => streamOf(one) === "FLEET");

it.each(scopes)("the events of an export are counted with the scope %j", async (scope) => {
  const isInScope = scope && inScope(scope, devices);
  const wanted = (event: RecordedEvent) => {
    const parsed = parseSubject(event.subject);
    return parsed !== undefined && (isInScope?.(event, parsed) ?? true) ? parsed : undefined;
  };
  for (const [from, to] of [
    [1, last],
    [1, 50],
    [91, 200],
    [last, last],
    [last + 1, last],
  ] as const) {
    const span = { stream: "FLEET", from, to } as const;
    for (const categories of [fleet, ["device"], ["session", "command"]] as const) {
      for (const entity of [undefined, events[3] && parseSubject(events[3].subject)?.entity]) {
        const expected = events.filter((event) => {
          const found = event.seq >= from && event.seq <= to ? wanted(event) : undefined;
          if (found === undefined || !(categories as readonly string[]).includes(found.category)) return false;
          return entity === undefined || found.entity === entity;
        });
        expect(await counts.count({ span, categories, entity, isInScope })).toBe(expected.length);
      }
    }
  }
});

it("events are not counted if the history has no tables of their stream, or does not have all of them yet", async () => {
  const common = { categories: ["telemetry"], entity: undefined, isInScope: undefined } as const;
  expect(await counts.count({ span: { stream: "TELEMETRY", from: 1, to: 5 }, ...common })).toBeUndefined();
  expect(await counts.count({ span: { stream: "FLEET", from: 1, to: last + 1 }, ...common })).toBeUndefined();
});
