import { join } from "node:path";
import { HistoryStore } from "@fleetlog/history/store";
import { contents, workspace } from "@fleetlog/history/testing";
import { fingerprint, projectionsOf, streamOfProjection, VIEWS } from "@fleetlog/projections/folding";
import type { SystemResource } from "@fleetlog/protocol";
import { seeded } from "@fleetlog/runtime/testing";
import { expect, it } from "vitest";
import { recovered, startLoads } from "../faults/random/load.ts";
import { eventually } from "../support/eventually.ts";
import { HistorianKiller } from "../support/historian-killer.ts";
import { historyAnswers } from "../support/history-answers.ts";
import { type Stack, startStack } from "../support/stack.ts";

/** HISTORIAN_KILLS=25 for a longer run, by hand. */
const KILLS = Number(process.env.HISTORIAN_KILLS ?? 2);
const SEED = Number(process.env.HISTORIAN_SEED ?? Date.now() % 100_000);
const CAUGHT_UP_MS = 120_000;
/** Small: files are written about every second. */
const SEGMENT = 100;
const FLEET = projectionsOf(VIEWS).filter((projection) => streamOfProjection(projection) === "FLEET");

const folderOf = ({ dataDir }: Stack, historian: string) => join(dataDir, `historian-${historian}`);
const filesFolderOf = (stack: Stack, historian: string) =>
  join(folderOf(stack, historian), "FLEET", fingerprint(FLEET));

/** The content of stopped historians' files, up to the newest event that all of them have. */
async function filesOf(stack: Stack, historians: readonly string[]) {
  const { directory: _, duck, remove } = await workspace();
  const logger = { info() {}, warn() {}, error() {} };
  const stores: HistoryStore[] = [];
  try {
    for (const historian of historians) {
      const directory = filesFolderOf(stack, historian);
      stores.push(await HistoryStore.open({ directory, stream: "FLEET", projections: FLEET, duck, logger }));
    }
    const both = Math.min(...stores.map(({ seq }) => seq));
    const found: Record<string, unknown[]>[] = [];
    for (const store of stores) {
      const tables = Object.entries(await contents(store, duck));
      found.push(
        Object.fromEntries(
          tables.map(([name, rows]) => [name, rows.filter((row) => (row as { seq: number }).seq <= both)]),
        ),
      );
    }
    return { both, found, segments: stores.map(({ manifest }) => manifest.segments.length) };
  } finally {
    for (const store of stores) await store.close();
    remove();
  }
}

it(
  `a historian that was killed ${KILLS} times under load has the history of a new one (seed ${SEED})`,
  async () => {
    await using stack = await startStack({
      historians: 1,
      projectors: 0,
      reactors: 0,
      env: { FLEETLOG_HISTORY_SEGMENT_EVENTS: String(SEGMENT) },
    });
    const [historian] = stack.historians;
    if (historian === undefined) throw new TypeError("no historian");
    const loads = await startLoads(stack);
    const device = loads[0]?.devices[0]?.id ?? "";
    const issued = setInterval(() => {
      stack.api.command(device, { name: "reboot" }).catch(() => {});
    }, 300);
    const folders = [folderOf(stack, "historian-1"), filesFolderOf(stack, "historian-1")];
    const killer = new HistorianKiller(historian, folders, seeded(SEED));
    try {
      await recovered(loads);
      await killer.kill(KILLS);
    } finally {
      clearInterval(issued);
    }
    await Promise.all(loads.map((load) => load.drain()));
    await Promise.all(loads.map((load) => load.stop()));
    const { streams } = (await stack.api.call<SystemResource>("GET", "/api/system")).body;
    const upTo = streams.find(({ name }) => name === "FLEET")?.lastSeq ?? 0;

    const old = await eventually(() => historyAnswers(stack, upTo), CAUGHT_UP_MS);
    expect(await historian.process.stop()).toBe(0);
    await historian.restart({ FLEETLOG_HISTORIAN_NAME: "new" });
    expect(await eventually(() => historyAnswers(stack, upTo), CAUGHT_UP_MS)).toEqual(old);
    expect(await historian.process.stop()).toBe(0);

    const { both, found, segments } = await filesOf(stack, ["historian-1", "new"]);
    expect(found[0]).toEqual(found[1]);
    expect(found[0]?.events?.map((event) => (event as { seq: number }).seq)).toEqual(
      Array.from({ length: both }, (_, i) => i + 1),
    );
    expect(found[0]?.status?.length).toBeGreaterThan(0);
    expect(both).toBeGreaterThan(SEGMENT * 2);
    expect(segments[0]).toBeGreaterThan(1);
    expect(killer.kills.writing).toBeGreaterThan(0);
    expect(killer.kills.starting).toBeGreaterThan(0);
  },
  420_000 + KILLS * 60_000,
);
