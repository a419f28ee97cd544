import type { ImportList, ImportReport, ImportSummary } from "@fleetlog/protocol";
import { get, getText, postText } from "./api.ts";

export type { ImportReport, ImportSummary } from "@fleetlog/protocol";

export async function listImports(signal?: AbortSignal): Promise<readonly ImportSummary[]> {
  return (await get<ImportList>("/imports", undefined, signal)).items;
}

export function getImport(id: string, signal?: AbortSignal): Promise<ImportReport> {
  return get(`/imports/${encodeURIComponent(id)}`, undefined, signal);
}

/** @param template for provision requests; without one, the import registers devices */
export function startImport(
  file: string,
  { dryRun, template, json = false }: { readonly dryRun: boolean; readonly template?: string; readonly json?: boolean },
): Promise<{ readonly id: string }> {
  return postText("/imports", json ? "application/json" : "text/csv", file, { dryRun, template });
}

/** CSV that can be read once. */
export function importCredentials(id: string): Promise<string> {
  return getText(`/imports/${encodeURIComponent(id)}/credentials`, "text/csv");
}
