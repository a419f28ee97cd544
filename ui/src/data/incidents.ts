import type { IncidentRequest } from "@fleetlog/protocol";
import { postForFile } from "./api.ts";

export type { IncidentRequest } from "@fleetlog/protocol";

/** The signed file of a span of history of some devices. */
export function bundleIncident(request: IncidentRequest): Promise<Blob> {
  return postForFile("/history/incidents", request);
}
