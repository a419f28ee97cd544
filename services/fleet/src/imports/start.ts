import { createHash, type Hash, randomUUID } from "node:crypto";
import { FleetError, type ImportKind, invalid, WHOLE_FLEET } from "@fleetlog/domain";
import { authorize } from "@fleetlog/identity";
import { MAX_IMPORT_ROWS } from "@fleetlog/protocol";
import { accountFor } from "../accounts/owner.ts";
import type { Caller } from "../caller.ts";
import type { Fleet } from "../dependencies/fleet.ts";
import type { Imports } from "../dependencies/imports/imports.ts";
import type { ImportRecord, ImportRow, Template } from "../dependencies/imports/record.ts";
import { newId } from "../repeated.ts";
import { recordStart } from "./events.ts";
import { KINDS } from "./kinds.ts";
import { mustBeTemplate } from "./provision-requests.ts";

/** Bounds of a part, which is stored in one message of NATS (at most 1 MiB). */
const PART_ROWS = 250;
const PART_CHARACTERS = 384 * 1024;
const MAX_ROW_CHARACTERS = 128 * 1024;

export interface StartImport {
  readonly dryRun?: boolean | undefined;
  readonly account?: string | undefined;
  /** Makes provision requests. Without it, rows make devices. */
  readonly template?: Template | undefined;
  readonly rows: AsyncIterable<ImportRow["values"]> | Iterable<ImportRow["values"]>;
}

type Dependencies = Pick<Fleet, "log" | "writer" | "accounts" | "imports">;

/**
 * Stores the rows, records the start, and queues the import. An interrupted upload leaves only stored rows, which
 * expire.
 * @throws FleetError `invalid-request` for a file that is no table, `account-unknown`, `payload-too-large`
 */
export async function startImport(
  fleet: Dependencies,
  caller: Caller,
  { dryRun = false, account: named, template, rows }: StartImport,
): Promise<{ readonly id: string; readonly rows: number }> {
  const { principal } = caller;
  authorize(principal, "import.create", WHOLE_FLEET);
  if (principal.kind !== "person") throw new FleetError("forbidden", "only a person can import");
  const account = accountFor(caller, "import.create", named);
  await fleet.accounts.get(account);
  const kind: ImportKind = template === undefined ? "devices" : "provision-requests";
  if (template !== undefined) {
    authorize(principal, "provision-request.create", WHOLE_FLEET);
    mustBeTemplate(template);
  }
  const id = newId(caller, "import");
  const { store } = fleet.imports;
  const hash = createHash("sha256").update(JSON.stringify([kind, dryRun, account, template]));
  const hashed = withHash(rows, hash);
  const before = caller.repeatable === undefined ? undefined : await store.find(id);
  if (before !== undefined) {
    const count = await countOf(hashed);
    return continued(fleet, before.record, { rows: count, digest: store.digestOf(hash) });
  }
  const upload = caller.repeatable === undefined ? id : randomUUID();
  const stored = await storeRows(fleet.imports, upload, hashed, KINDS[kind].mustBeColumn);
  const digest = store.digestOf(hash);
  const record: ImportRecord = {
    id,
    kind,
    dryRun,
    account,
    ...(template !== undefined && { template: store.sealTemplate(id, template) }),
    person: principal,
    ...(caller.correlationid !== undefined && { correlationid: caller.correlationid }),
    ...(caller.address !== undefined && { address: caller.address }),
    state: "running",
    digest,
    ...(upload !== id && { upload }),
    ...stored,
    partsDone: 0,
    done: 0,
    created: 0,
    failed: 0,
    startedAt: new Date(fleet.imports.clock()).toISOString(),
    owner: fleet.imports.owner(),
    ...(!dryRun && { secret: store.newSecret(id) }),
  };
  if (!(await store.add(record))) {
    // Another run of the request has stored the import meanwhile, so the secret of that run counts.
    const other = await store.find(id);
    if (other !== undefined) {
      await store.deleteRows(upload, stored.parts);
      return continued(fleet, other.record, { rows: stored.rows, digest });
    }
  }
  if (!dryRun) await recordStart(fleet, record);
  fleet.imports.work(id, true);
  return { id, rows: stored.rows };
}

/** An earlier run of the request has stored the import. */
async function continued(
  fleet: Dependencies,
  record: ImportRecord,
  { rows, digest }: { readonly rows: number; readonly digest: string },
): Promise<{ readonly id: string; readonly rows: number }> {
  if (rows !== record.rows || (record.digest !== undefined && digest !== record.digest)) {
    throw new FleetError("idempotency-key-reused", "this idempotency key was used for another file", {
      field: "Idempotency-Key",
      advice: "Use a new key for each request.",
    });
  }
  if (!record.dryRun) await recordStart(fleet, record);
  fleet.imports.work(record.id);
  return { id: record.id, rows };
}

async function* withHash(rows: StartImport["rows"], hash: Hash): AsyncIterable<ImportRow["values"]> {
  for await (const values of rows) {
    hash.update(JSON.stringify(values)).update("\n");
    yield values;
  }
}

async function countOf(rows: StartImport["rows"]): Promise<number> {
  let count = 0;
  for await (const _ of rows) count++;
  return count;
}

async function storeRows(
  { store }: Imports,
  upload: string,
  rows: StartImport["rows"],
  mustBeColumn: (column: string) => void,
): Promise<{ readonly rows: number; readonly parts: number }> {
  let [count, parts, characters] = [0, 0, 0];
  let part: ImportRow[] = [];
  const flush = async () => {
    if (part.length > 0) await store.putRows(upload, parts++, part);
    [part, characters] = [[], 0];
  };
  for await (const values of rows) {
    count++;
    if (count > MAX_IMPORT_ROWS) {
      throw new FleetError("payload-too-large", `an import has at most ${MAX_IMPORT_ROWS} rows`, {
        field: "rows",
        advice: "Import the file in parts.",
      });
    }
    for (const column of Object.keys(values)) mustBeColumn(column);
    const size = JSON.stringify(values).length;
    if (size > MAX_ROW_CHARACTERS)
      throw invalid("rows", `row ${count} is longer than ${MAX_ROW_CHARACTERS} characters`);
    if (part.length >= PART_ROWS || characters + size > PART_CHARACTERS) await flush();
    part.push({ row: count, values });
    characters += size;
  }
  await flush();
  if (count === 0) throw invalid("rows", "there are no rows");
  return { rows: count, parts };
}
