export type { CatalogueKeys } from "@fleetlog/identity";
export { deleteCatalogue, openCatalogueKeys, putCatalogue, unknownCatalogue } from "./catalogues.ts";
export { recordScanEnd, recordScanned, recordScanStart, startScan } from "./scans.ts";
export { nextTime } from "./schedule.ts";
export { sendUpdate } from "./send.ts";
