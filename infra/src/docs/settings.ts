import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../system/root.ts";
import { withSettings } from "./readme.ts";

// Writes the table of settings into the README.
const file = join(root, "README.md");
writeFileSync(file, withSettings(readFileSync(file, "utf8")));
