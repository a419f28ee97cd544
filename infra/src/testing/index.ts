export { bundleOf } from "./bundle-of.ts";
export { inRunFolder } from "./in-run-folder.ts";
export { openRunFolder, type RunFolder } from "./run-folder.ts";
