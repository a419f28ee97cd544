import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../system/root.ts";
import { NAMES_FILE, namesSource } from "./names.ts";
import { NATS_USERS_FILE, natsUsersSource } from "./nats-users.ts";
import { withSettings } from "./readme.ts";

// Generates the texts that repeat what the packages declare: the table of settings in the README, the list of all
// names, and the users of nats-server.
const readme = join(root, "README.md");
writeFileSync(readme, withSettings(readFileSync(readme, "utf8")));
writeFileSync(join(root, NAMES_FILE), namesSource());
writeFileSync(join(root, NATS_USERS_FILE), natsUsersSource());
