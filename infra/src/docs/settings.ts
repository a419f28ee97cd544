import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../system/root.ts";
import { NAMES_FILE, namesSource } from "./names.ts";
import { NATS_USERS_FILE, natsUsersSource } from "./nats-users.ts";
import { SETTINGS_PAGE, withSettings } from "./settings-page.ts";

// Generates the table of infra/docs/settings.md, the list of their names, and the users of nats-server.
const page = join(root, SETTINGS_PAGE);
writeFileSync(page, withSettings(readFileSync(page, "utf8")));
writeFileSync(join(root, NAMES_FILE), namesSource());
writeFileSync(join(root, NATS_USERS_FILE), natsUsersSource());
