import { credentialsGone, FleetError, unknownImport } from "@fleetlog/domain";
import { scopeOf } from "@fleetlog/identity";
import type { ImportCredentials, ImportReport, ImportSummary } from "@fleetlog/protocol";
import type { Caller } from "../caller.ts";
import type { Fleet } from "../dependencies/fleet.ts";
import { type CreatedRow, type ImportRecord, summaryOf } from "../dependencies/imports/record.ts";
import type { StoredImport } from "../dependencies/imports/store.ts";
import { recordCredentialsRead } from "./events.ts";
import { KINDS } from "./kinds.ts";

/** A UUID: the ids that `startImport` makes. */
const IMPORT_ID = /^[0-9a-f-]{36}$/;

type Dependencies = Pick<Fleet, "log" | "writer" | "imports">;

export async function listImports({ imports }: Dependencies, caller: Caller): Promise<ImportSummary[]> {
  const all = await imports.store.all();
  return all
    .map(({ record }) => record)
    .filter((record) => isInScope(caller, record))
    .sort((a, b) => b.startedAt.localeCompare(a.startedAt))
    .map(summaryOf);
}

/** @throws FleetError `import-unknown` */
export async function reportOfImport(fleet: Dependencies, caller: Caller, id: string): Promise<ImportReport> {
  const { record } = await importOf(fleet, caller, id);
  const failures: ImportReport["failures"] = [];
  for (let part = 0; part < record.partsDone; part++) {
    failures.push(...(await fleet.imports.store.result(id, part)).failed);
  }
  return { ...summaryOf(record), failures };
}

/**
 * The credentials of everything that the import created, for the first caller only.
 * @throws FleetError `import-unknown`, `credentials-gone`, `conflict` before the import's end
 */
export async function readImportCredentials(
  fleet: Dependencies,
  caller: Caller,
  id: string,
): Promise<AsyncIterable<ImportCredentials["items"]>> {
  const { record, revision } = await importOf(fleet, caller, id);
  if (record.state === "running") throw new FleetError("conflict", "the import has not ended yet", { field: "id" });
  if (record.secret === undefined || record.created === 0) throw credentialsGone();
  await recordCredentialsRead(fleet, caller, record);
  const { imports } = fleet;
  const secretOf = imports.store.secretsOf(record);
  const { secret: _, ...spent } = record;
  await imports.store.update(spent, revision);
  const kind = KINDS[record.kind];
  return credentialsIn(fleet, record, (created) => kind.credentialsOf(created, secretOf));
}

async function* credentialsIn(
  { imports }: Dependencies,
  { id, parts }: ImportRecord,
  credentialsOf: (created: CreatedRow) => ImportCredentials["items"][number],
): AsyncGenerator<ImportCredentials["items"]> {
  for (let part = 0; part < parts; part++) {
    const { created } = await imports.store.result(id, part);
    yield created.map(credentialsOf);
  }
}

async function importOf({ imports }: Dependencies, caller: Caller, id: string): Promise<StoredImport> {
  // Any other text is an unknown id. The store is not asked, because its keys can't have every character.
  const found = IMPORT_ID.test(id) ? await imports.store.find(id) : undefined;
  if (found === undefined || !isInScope(caller, found.record)) throw unknownImport(id);
  return found;
}

/** People who are limited to tags see only their own imports, because rows may have any tags. */
function isInScope({ principal }: Caller, { account, person }: ImportRecord): boolean {
  const { accounts, tags } = scopeOf(principal, "import.read");
  if (accounts !== undefined && !accounts.includes(account)) return false;
  return tags === undefined || (principal.kind === "person" && principal.id === person.id);
}
