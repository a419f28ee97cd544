import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { newPasswords } from "@fleetlog/infra/nats-server";
import { FOLDING_ENVIRONMENT } from "@fleetlog/projections/environment";
import { startTestNats, usersForTests } from "../../support/nats.ts";
import { type RunningProcess, startProcess } from "../../support/processes.ts";
import { peakBytes, residentBytes } from "../../support/resident.ts";
import { writeFleet } from "../fleet-log.ts";
import type { Measure, Result } from "../measure.ts";
import { officialReadRate } from "../raw/official-read.ts";
import { readRate } from "../raw/read.ts";

const DEVICES = 10_000;
const MIB = 1_024 ** 2;

/**
 * The raw read is the project's own, over a bare socket: it looks only at the first line of each message, so no client
 * reads faster. The official client's rate is only shown for comparison. All three read the same stream, one after
 * another.
 */
export const rebuild: Measure = {
  name: "view rebuild",
  async run({ quick, progress }) {
    const atLeast = quick ? 150_000 : 600_000;
    const passwords = newPasswords();
    await using nats = await startTestNats({ extra: usersForTests(passwords) });
    progress(`writing ${atLeast} events of ${DEVICES} devices`);
    const count = await writeFleet(nats.url, DEVICES, atLeast);
    progress("reading");
    const raw = {
      name: `a raw read from nats-server ${nats.version} over a bare socket`,
      value: await readRate(nats.port, "FLEET", count),
    };
    const byOfficial = {
      name: "a read of the same stream by @nats-io/jetstream",
      value: await officialReadRate(nats.url, "FLEET", count),
    };
    progress("rebuilding");
    const dataDir = await mkdtemp(join(tmpdir(), "fleetlog-data-"));
    let projector: RunningProcess<unknown> | undefined;
    try {
      projector = await startProcess("services/projections/src/main.ts", {
        ...FOLDING_ENVIRONMENT,
        FLEETLOG_NATS_URL: nats.url,
        FLEETLOG_NATS_USER: "projector",
        FLEETLOG_NATS_PASSWORD: passwords.projector,
        FLEETLOG_DATA_DIR: dataDir,
      });
      const rate = rateOf(projector);
      const results: Result[] = [
        { name: "view rebuild", value: rate, unit: "events/s", goal: { atLeast: 100_000 } },
        {
          name: "view rebuild beside a raw read",
          value: rate,
          unit: "events/s",
          reference: raw,
          goal: { atLeast: 0.5 },
        },
        { name: "view rebuild", value: rate, unit: "events/s", reference: byOfficial },
        {
          name: "projector's memory after the view rebuild",
          value: residentBytes(projector.pid) / MIB,
          unit: "MiB",
          goal: { atMost: 150 },
        },
      ];
      const peak = await peakBytes(projector.pid);
      if (peak === undefined) return results;
      const name = "projector's memory during the view rebuild";
      return [...results, { name, value: peak / MIB, unit: "MiB", goal: { atMost: 250 } }];
    } finally {
      await projector?.kill();
      await rm(dataDir, { recursive: true, force: true });
    }
  },
};

/** The projector's own rate, in events a second, without the start of its process. */
function rateOf(projector: RunningProcess<unknown>): number {
  for (const line of projector.logs()) {
    if (!line.includes("views are up to date")) continue;
    return (JSON.parse(line) as { rate: number }).rate;
  }
  throw new Error("the projector did not log that its views are up to date");
}
