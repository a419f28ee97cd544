export { type Relisted, relistFolder } from "./relist-folder.ts";
