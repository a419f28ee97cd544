import { FleetError } from "@fleetlog/domain";
import type { ImportFailure } from "@fleetlog/protocol";
import { isLimitedInDevices, type Room, withRoom } from "../accounts/device-limit.ts";
import type { CreatedRow, ImportRecord, ImportRow, PartResult } from "../dependencies/imports/record.ts";
import type { ImportStore } from "../dependencies/imports/store.ts";
import { callerOf } from "./events.ts";
import { KINDS } from "./kinds.ts";
import type { Surroundings } from "./row-kind.ts";
import { stillAllowed } from "./starter.ts";

const CONCURRENT = 64;
/** Errors of one row. Any other error ends the part, which is then repeated. */
const OF_ROW: ReadonlySet<string> = new Set([
  "invalid-request",
  "forbidden",
  "account-unknown",
  "limit-reached",
  "device-exists",
  "device-retired",
  "device-type-unknown",
  "artifact-unknown",
  "provision-request-exists",
  "payload-too-large",
  "conflict",
]);

/**
 * Creates, or in a dry run checks, what the rows describe. Refused rows are part of the result. `complete` is false if
 * the person who started the import has lost the right meanwhile.
 * @param seen keys of a dry run's earlier rows
 * @param again whether the part may have been begun before
 * @throws FleetError for errors that are not of one row, such as `log-unavailable`
 */
export async function runPart(
  fleet: Surroundings["fleet"],
  store: ImportStore,
  record: ImportRecord,
  rows: readonly ImportRow[],
  { seen, again, now }: { readonly seen: Set<string>; readonly again: boolean; readonly now: number },
): Promise<PartResult & { readonly complete: boolean }> {
  const mayGoOn = stillAllowed(fleet, record);
  const created: CreatedRow[] = [];
  const failed: ImportFailure[] = [];
  const { account } = record;
  const kind = KINDS[record.kind];
  const secretOf = record.dryRun ? undefined : store.secretsOf(record);
  const common = { fleet, caller: callerOf(record), account, template: store.templateOf(record), now };
  const one = async (row: ImportRow, room: Room) => {
    const around = { ...common, room };
    try {
      if (secretOf !== undefined) {
        created.push(await kind.create({ ...around, import: record.id, secretOf, again }, row));
        return;
      }
      const { id, key, repeated } = await kind.check(around, row);
      if (seen.has(key)) throw repeated;
      seen.add(key);
      created.push({ row: row.row, id });
    } catch (error) {
      if (!(error instanceof FleetError) || !OF_ROW.has(error.code)) throw error;
      const id = row.values[kind.named];
      failed.push({
        row: row.row,
        ...(typeof id === "string" && id !== "" && { id: id.slice(0, 128) }),
        ...(error.field !== undefined && { field: error.field }),
        code: error.code,
        message: error.message,
      });
    }
  };
  let complete = true;
  const all = async (room: Room) => {
    const waiting = rows.values();
    let stopped = false;
    const work = async () => {
      for (const row of waiting) {
        if (!stopped && !(await mayGoOn())) {
          complete = false;
          stopped = true;
        }
        if (stopped) return;
        await one(row, room).catch((error: unknown) => {
          stopped = true;
          throw error;
        });
      }
    };
    const inTurn = record.dryRun || (kind.countsDevices && isLimitedInDevices(fleet, account));
    await settled(Array.from({ length: inTurn ? 1 : CONCURRENT }, work));
  };
  await (kind.countsDevices ? withRoom(fleet, account, all) : all({ add: (add) => add() }));
  const byRow = (a: { readonly row: number }, b: { readonly row: number }) => a.row - b.row;
  return { created: created.sort(byRow), failed: failed.sort(byRow), complete };
}

/** Waits for all work, then throws the first error. */
async function settled(work: readonly Promise<void>[]): Promise<void> {
  const results = await Promise.allSettled(work);
  for (const result of results) if (result.status === "rejected") throw result.reason;
}
