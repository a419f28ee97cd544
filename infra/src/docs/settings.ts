import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../system/root.ts";
import { NAMES_FILE, namesSource } from "./names.ts";
import { NATS_USERS_FILE, natsUsersSource } from "./nats-users.ts";
import { withSettings } from "./readme.ts";

// Generates the README's table of settings, the list of their names, and the users of nats-server.
const readme = join(root, "README.md");
writeFileSync(readme, withSettings(readFileSync(readme, "utf8")));
writeFileSync(join(root, NAMES_FILE), namesSource());
writeFileSync(join(root, NATS_USERS_FILE), natsUsersSource());
