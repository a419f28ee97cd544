import type { ImportKind } from "@fleetlog/domain";
import { devices } from "./devices.ts";
import { provisionRequests } from "./provision-requests.ts";
import type { RowKind } from "./row-kind.ts";

export const KINDS: Readonly<Record<ImportKind, RowKind>> = { devices, "provision-requests": provisionRequests };
