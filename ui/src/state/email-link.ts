import { linkCode } from "./link-code.ts";
import { paths } from "./paths.ts";

/** The code of a link that confirms a new email address. */
export const takeEmailCode = linkCode(paths.profile);
