export type { Delivery, DeviceConnection } from "./connection.ts";
export type { SessionContext, SessionLimits, SessionObserver } from "./context.ts";
export { type DeviceReport, type DeviceReports, eventsIn, NO_REPORTS, remarkOn } from "./device-report.ts";
export { type AnySession, DeviceSession } from "./device-session.ts";
export { type IdentifiedDevice, identify } from "./identify.ts";
export { isFinal } from "./refusals.ts";
export { bootStore, Repeats } from "./repeats/repeats.ts";
export { Reserve } from "./reserve.ts";
export { type OpenRequest, Sessions } from "./sessions.ts";
