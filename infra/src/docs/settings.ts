import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../system/root.ts";
import { NAMES_FILE, namesSource } from "./names.ts";
import { withSettings } from "./readme.ts";

// Generates the table of settings in the README, and the list of all names, from what the packages declare.
const readme = join(root, "README.md");
writeFileSync(readme, withSettings(readFileSync(readme, "utf8")));
writeFileSync(join(root, NAMES_FILE), namesSource());
