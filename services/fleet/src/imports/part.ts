import { FleetError } from "@fleetlog/domain";
import type { ImportFailure } from "@fleetlog/protocol";
import { isLimitedInDevices, type Room, withRoom } from "../accounts/device-limit.ts";
import type { Fleet } from "../fleet.ts";
import { checkDevice, importDevice } from "./devices.ts";
import { callerOf } from "./events.ts";
import type { ImportRecord, ImportRow, PartResult } from "./record.ts";
import type { ImportStore } from "./store.ts";

/** How many rows are worked on at once. */
const CONCURRENT = 64;
/** Errors of one row. All others end the part, which is tried again. */
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

type Dependencies = Omit<Fleet, "commandTail" | "imports">;

/**
 * Creates, or checks, what the rows describe. Rows that are refused are part of the result.
 * @param seen ids in a dry run, so that a repeated one fails as it would
 * @param again the part may have been begun before
 * @throws FleetError for what no row can do anything about, such as `log-unavailable`
 */
export async function runPart(
  fleet: Dependencies,
  store: ImportStore,
  record: ImportRecord,
  rows: readonly ImportRow[],
  { seen, again }: { readonly seen: Set<string>; readonly again: boolean },
): Promise<PartResult> {
  const created: PartResult["created"][number][] = [];
  const failed: ImportFailure[] = [];
  const caller = callerOf(record);
  const secretOf = record.dryRun ? undefined : store.secretsOf(record);
  const one = async (row: ImportRow, room: Room) => {
    const { row: number, values } = row;
    try {
      if (secretOf === undefined) {
        await room.add(() => checkDevice(fleet, caller, record.account, row));
        const id = String(values.id);
        if (seen.has(id)) throw new FleetError("device-exists", `an earlier row has the id ${id}`, { field: "id" });
        seen.add(id);
        created.push({ row: number, id });
        return;
      }
      const eventId = `${record.id}.${number}`;
      const place = { account: record.account, room, eventId, secret: secretOf(`row ${number}`), again };
      const { id } = await importDevice(fleet, caller, place, row);
      created.push({ row: number, id });
    } catch (error) {
      if (!(error instanceof FleetError) || !OF_ROW.has(error.code)) throw error;
      const { id } = values;
      failed.push({
        row: number,
        ...(typeof id === "string" && id !== "" && { id: id.slice(0, 128) }),
        ...(error.field !== undefined && { field: error.field }),
        code: error.code,
        message: error.message,
      });
    }
  };
  await withRoom(fleet, record.account, async (room) => {
    const waiting = rows.values();
    let stopped = false;
    const work = async () => {
      for (const row of waiting) {
        if (stopped) return;
        await one(row, room).catch((error: unknown) => {
          stopped = true;
          throw error;
        });
      }
    };
    const inTurn = record.dryRun || isLimitedInDevices(fleet, record.account);
    await settled(Array.from({ length: inTurn ? 1 : CONCURRENT }, work));
  });
  const byRow = (a: { readonly row: number }, b: { readonly row: number }) => a.row - b.row;
  return { created: created.sort(byRow), failed: failed.sort(byRow) };
}

/** Waits for all, so that no row is worked on any more, and throws the first error. */
async function settled(work: readonly Promise<void>[]): Promise<void> {
  const results = await Promise.allSettled(work);
  for (const result of results) if (result.status === "rejected") throw result.reason;
}
