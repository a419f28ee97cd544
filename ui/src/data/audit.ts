import type { AuditPage, ListAuditQuery } from "@fleetlog/protocol";
import { get, getText } from "./api.ts";

export type { AuditEntry, AuditPage, ListAuditQuery } from "@fleetlog/protocol";

export function listAudit(query: ListAuditQuery, signal?: AbortSignal): Promise<AuditPage> {
  return get("/audit", query, signal);
}

export function exportAudit(query: ListAuditQuery): Promise<string> {
  return getText("/audit", "text/csv", query);
}
