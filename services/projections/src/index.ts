export { type AppOptions, assembleProjector } from "./app.ts";
export { dumpViews, rebuildViews, type ViewDump } from "./dump.ts";
export { Projector, type ProjectorOptions } from "./projector.ts";
