import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../system/root.ts";
import { NAMES_FILE, namesSource } from "./names.ts";
import { withSettings } from "./readme.ts";

// Writes what is made of the packages' settings: the table in the README, and the list of all names.
const readme = join(root, "README.md");
writeFileSync(readme, withSettings(readFileSync(readme, "utf8")));
writeFileSync(join(root, NAMES_FILE), namesSource());
