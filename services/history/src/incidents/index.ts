/** Checks bundles of incidents, without a log or a historian. */
export { Refusal } from "./verify/refusal.ts";
export { plain, reportOf } from "./verify/report.ts";
export { type Verified, verifyBundle } from "./verify/verify.ts";
