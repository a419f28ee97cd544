import { join } from "node:path";
import { parseSubject, type RecordedEvent } from "@fleetlog/domain";
import { FleetHistory, fedViews, random } from "@fleetlog/projections/fixtures";
import { Reader, VIEWS } from "@fleetlog/projections/folding";
import type { PastReport } from "@fleetlog/protocol";
import { happenedAt } from "@fleetlog/runtime";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { CallMoments } from "../moments/call-moments.ts";
import { NewestReports } from "../reports/newest-reports.ts";
import { NewestTelemetry } from "../reports/newest-telemetry.ts";
import type { HistoryStore } from "../store/history-store.ts";
import { TelemetryArchive } from "../telemetry/archive.ts";
import { DeviceIndex } from "../telemetry/device-index.ts";
import { ownedIn } from "../testing/owned.ts";
import { withMoves } from "../testing/random-history.ts";
import { feed, openStores, silent, workspace } from "../testing/stores.ts";
import { telemetryEvents } from "../testing/telemetry.ts";
import { asOfCall } from "./call.ts";
import { StoredAsOf } from "./stored-as-of.ts";

const dice = random(9);
/** Devices send half of their reports late, and some with a clock that is ahead. */
const fleet = withMoves(lively()).map((event) => (event.type === "DeviceEventReported" ? measured(event) : event));
const times = fleet.map(({ time }) => Date.parse(time)).sort((a, b) => a - b);
const [first = 0, last = 0] = [times[0], times.at(-1)];
const telemetry = telemetryEvents(300, random(4)).map((event, i) => {
  const device = `device-${String(i).padStart(6, "0")}`;
  const time = new Date(first + Math.floor((i / 300) * (last - first))).toISOString();
  const { devicetime: _, ...rest } = event;
  return measured({ ...rest, id: `t${i}`, subject: `fleet.telemetry.${device}`, time } as RecordedEvent);
});
const all = [...fleet, ...telemetry];
let place: Awaited<ReturnType<typeof workspace>>;
let asOf: StoredAsOf;
let archive: TelemetryArchive;
let index: DeviceIndex;
let ask: (request: object) => Promise<Answer>;
let stores: Awaited<ReturnType<typeof openStores>>;

function lively(): RecordedEvent[] {
  const history = new FleetHistory(12, 5);
  return [...history.registrations(), ...history.next(500)];
}

interface Answer {
  readonly seq: number;
  readonly at: string;
  readonly known?: { readonly seq: number; readonly at: string };
  readonly reports?: readonly PastReport[];
  readonly result: unknown;
}

function measured(event: RecordedEvent): RecordedEvent {
  const chance = dice();
  if (chance < 0.3) return event;
  const by = chance < 0.9 ? -Math.floor(dice() * 300_000) : Math.floor(dice() * 120_000);
  return { ...event, devicetime: new Date(Date.parse(event.time) + by).toISOString() } as RecordedEvent;
}

beforeAll(async () => {
  place = await workspace();
  const { duck, directory } = place;
  stores = await openStores(place, { sealEvery: 200 });
  const store = stores.get("FLEET") as HistoryStore;
  await feed(store, fleet);
  const retention = { maxAgeMs: Number.MAX_SAFE_INTEGER, maxBytes: Number.MAX_SAFE_INTEGER };
  const options = { directory: join(directory, "telemetry"), duck, retention, logger: silent, now: Date.now };
  archive = await TelemetryArchive.open({ ...options, span: 40 });
  await archive.apply(telemetry, telemetry.at(-1)?.seq ?? 0);
  const owned = ownedIn(fleet);
  asOf = new StoredAsOf({ duck, stores, owned, goal: () => store.seq, now: Date.now });
  index = await DeviceIndex.open({
    ...{ directory: join(place.directory, "devices"), archive, duck, logger: silent, parts: 2 },
  });
  await index.update();
  const newest = new NewestTelemetry({ telemetry: archive, index, duck });
  const reports = new NewestReports({ fleet: store, duck, telemetry: newest, owned });
  const moments = new CallMoments({ asOf, lastSeq: async () => store.seq, now: Date.now });
  const call = asOfCall({ asOf, moments, reports });
  ask = async (request) => JSON.parse((await call.answer(request as never)) as string);
}, 60_000);
afterAll(async () => {
  await asOf.close();
  await index.close();
  archive.close();
  for (const store of stores.values()) await store.close();
  place.remove();
});

const happened = ({ time, devicetime }: RecordedEvent) => happenedAt(time, devicetime).at;

/** The reports that a device had made up to `at` and that the log had up to `known`. */
function reported(device: string, at: string, known: { seq: number; at: string }): string[] {
  const own = all.filter((event) => {
    const isKnown = event.stream === "FLEET" ? event.seq <= known.seq : Date.parse(event.time) <= Date.parse(known.at);
    const isReport = event.type === "DeviceEventReported" || event.type === "TelemetryReported";
    return isReport && isKnown && parseSubject(event.subject)?.entity === device && happened(event) <= Date.parse(at);
  });
  const newest = new Map<string, RecordedEvent>();
  for (const event of own.sort((a, b) => happened(a) - happened(b) || a.seq - b.seq)) {
    newest.set(`${event.stream} ${(event.data as { name?: string }).name}`, event);
  }
  return [...newest.values()].map((event) => `${event.stream} ${event.id}`).sort();
}

const idsOf = ({ reports = [] }: Answer) => reports.map(({ stream, id }) => `${stream} ${id}`).sort();
const moment = (share: number) => new Date(first + share * (last - first)).toISOString();

describe("the state as of one moment, from the events known at a later moment", () => {
  it("counts a device's reports at the time of the device's clock", async () => {
    let late = 0;
    for (let i = 0; i < 12; i++) {
      const [a, b] = [dice(), dice()].sort((x, y) => x - y) as [number, number];
      // All devices are registered in the first tenth.
      const [at, known] = [moment(0.1 + 0.9 * a), moment(0.1 + 0.9 * b)];
      const device = `device-${String(i).padStart(6, "0")}`;
      const asked = { query: "devices.get", params: { id: device }, at };
      const answer = await ask({ ...asked, known });
      const seq = answer.known?.seq ?? 0;
      expect({ at, known, device, ids: idsOf(answer) }).toEqual({
        ...{ at, known, device },
        ids: reported(device, at, { seq, at: known }),
      });
      for (const { happenedAt: time } of answer.reports ?? [])
        expect(Date.parse(time)).toBeLessThanOrEqual(Date.parse(at));
      const then = await ask({ ...asked, known: at });
      if (JSON.stringify(idsOf(then)) !== JSON.stringify(idsOf(answer))) late += 1;
    }
    expect(late).toBeGreaterThan(3);
  }, 60_000);

  it("has the same rows as views that read the events in the order in which they happened", async () => {
    for (let i = 0; i < 6; i++) {
      const [a, b] = [dice(), dice()].sort((x, y) => x - y) as [number, number];
      const [at, known] = [moment(a), moment(b)];
      const { known: newest } = await ask({ query: "devices.summary", params: {}, at, known });
      const isThere = (event: RecordedEvent) => event.seq <= (newest?.seq ?? 0) && happened(event) <= Date.parse(at);
      const views = fedViews(fleet.filter(isThere));
      for (const query of ["devices.list", "devices.summary", "commands.list"]) {
        const found = VIEWS.map(({ queries }) => queries.get(query)).find((one) => one !== undefined);
        const answer = await ask({ query, params: {}, at, known });
        const reader = new Reader(views.rows, undefined, undefined, () => Date.parse(answer.at));
        const { next: _, ...expected } = JSON.parse(JSON.stringify(found?.answer(reader, {} as never)));
        expect(answer.result, `${query} ${at} ${known}`).toMatchObject(expected);
      }
      views.close();
    }
  }, 60_000);

  it("refuses a moment `known` that is before the moment `at`", async () => {
    const asked = { query: "devices.summary", params: {}, at: moment(0.5) };
    await expect(ask({ ...asked, known: moment(0.2) })).rejects.toMatchObject({
      code: "invalid-request",
      field: "known",
    });
    await expect(ask({ ...asked, known: 9_999_999 })).rejects.toMatchObject({
      code: "invalid-request",
      field: "known",
    });
    expect(await ask(asked)).not.toHaveProperty("known");
  });

  it("omits reports that stayed with a device's earlier account", async () => {
    const moved = fleet.find(
      ({ type, data }) => type === "DeviceMoved" && (data as { history: string }).history === "stays",
    );
    const { device = "" } = (moved?.data ?? {}) as { readonly device?: string };
    const asked = { query: "devices.get", params: { id: device }, at: fleet.at(-1)?.seq, known: fleet.at(-1)?.seq };
    const everyone = await ask(asked);
    const south = await ask({ ...asked, scope: { accounts: ["south"] } });
    expect(idsOf(everyone).length).toBeGreaterThan(0);
    const own = telemetry.filter((one) => one.account === "south" && parseSubject(one.subject)?.entity === device);
    expect(own.map(({ id }) => `TELEMETRY ${id}`)).toEqual(expect.arrayContaining(idsOf(south)));
  });
});
