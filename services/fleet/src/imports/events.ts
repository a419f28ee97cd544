import { type ImportCommand, importDecider } from "@fleetlog/domain";
import { APPEND_TIMEOUT_MS } from "../append-timeout.ts";
import { type Caller, metadataOf, personCaller } from "../caller.ts";
import type { Fleet } from "../dependencies/fleet.ts";
import type { ImportRecord } from "../dependencies/imports/record.ts";
import { loadFromLog } from "../writer/load.ts";
import type { Metadata } from "../writer/metadata.ts";

type Dependencies = Pick<Fleet, "log" | "writer">;

export function callerOf({ person, correlationid, address }: ImportRecord): Caller {
  return personCaller(person, correlationid ?? "import", address);
}

export function recordStart(fleet: Dependencies, record: ImportRecord): Promise<void> {
  const { id, kind, rows } = record;
  const caller = callerOf(record);
  const command = { type: "StartImport", import: id, kind, rows, by: caller.by } as const;
  return decide(fleet, record, command, metadataOf(caller));
}

export function recordEnd(fleet: Dependencies, record: ImportRecord): Promise<void> {
  const { id, created, failed, stopped, correlationid } = record;
  const command = {
    type: "EndImport",
    import: id,
    created,
    failed,
    ...(stopped !== undefined && { stopped }),
  } as const;
  return decide(fleet, record, command, correlationid === undefined ? {} : { correlationid });
}

/** @throws FleetError `credentials-gone` if the credentials were read before */
export function recordCredentialsRead(fleet: Dependencies, caller: Caller, record: ImportRecord): Promise<void> {
  return decide(fleet, record, { type: "ReadCredentials", import: record.id, by: caller.by }, metadataOf(caller));
}

async function decide(
  { log, writer }: Dependencies,
  { id, account }: ImportRecord,
  command: ImportCommand,
  metadata: Metadata,
): Promise<void> {
  await writer.record({
    decider: importDecider,
    load: () => loadFromLog(log, importDecider, "provisioning", id),
    command,
    entity: id,
    metadata: { ...metadata, account },
    timeoutMs: APPEND_TIMEOUT_MS,
  });
}
