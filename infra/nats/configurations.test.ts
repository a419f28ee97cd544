import { execFile } from "node:child_process";
import { copyFile, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { NATS_ROLES, permissionsOf } from "@fleetlog/log";
import { describe, expect, it } from "vitest";
import { NATS_USERS_FILE, natsUsersSource } from "../src/docs/nats-users.ts";
import { findNatsServer, isAtLeast, NATS_USERS } from "../src/nats-server/index.ts";
import { root } from "../src/system/root.ts";

const files = (await readdir(import.meta.dirname)).filter((file) => file.endsWith(".conf") && file !== "users.conf");
const env = {
  NATS_NAME: "nats-1",
  NATS_SITE: "plant-7",
  ...Object.fromEntries(NATS_USERS.map((user) => [`NATS_${user.toUpperCase()}_PASSWORD`, `p${user}`])),
  NATS_CLUSTER_PASSWORD: "password",
  NATS_LEAF_PASSWORD: "password",
  NATS_ROUTE_A: "nats-route://cluster:password@nats-2:6222",
  NATS_ROUTE_B: "nats-route://cluster:password@nats-3:6222",
  NATS_HUB_URL: "nats-leaf://leaf:password@hub:7422",
};

describe("the NATS configurations", () => {
  it("are cluster.conf, hub.conf, leaf.conf and single.conf", () => {
    expect(files.sort()).toEqual(["cluster.conf", "hub.conf", "leaf.conf", "single.conf"]);
  });

  it("have a user for each role; if this fails, run node_modules/.bin/node infra/src/docs/settings.ts", async () => {
    expect(await readFile(join(root, NATS_USERS_FILE), "utf8")).toBe(natsUsersSource());
  });

  it.each(["deny_imports", "deny_exports"])(
    "leaf.conf keeps messages of processes within their side: %s",
    async (side) => {
      const text = await readFile(join(import.meta.dirname, "leaf.conf"), "utf8");
      const list = new RegExp(`${side}: \\[([^\\]]*)\\]`).exec(text)?.[1] ?? "";
      const denied = Array.from(list.matchAll(/"([^"]+)>"/g), ([, start]) => start ?? "");
      const subjects = NATS_ROLES.flatMap((role) => {
        const { publish, subscribe } = permissionsOf(role);
        return [...publish.allow, ...subscribe.allow];
      });
      // Each side has its own domain of JetStream, and names of inboxes are random.
      const shared = subjects.filter((subject) => !/^(\$JS\.|_INBOX_|_ANSWER_)/.test(subject));
      expect(shared.filter((subject) => !denied.some((start) => subject.startsWith(start)))).toEqual([]);
    },
  );

  it.each(files)("%s is valid", async (file) => {
    const { path, version } = await findNatsServer();
    const folder = await mkdtemp(join(tmpdir(), "fleetlog-conf-"));
    const text = await readFile(join(import.meta.dirname, file), "utf8");
    // Servers before 2.10 reject only this line.
    const known = isAtLeast(version, "2.10.0") ? text : text.replace(/^\s*sync_interval:.*$/m, "");
    await writeFile(join(folder, file), known);
    await copyFile(join(import.meta.dirname, "users.conf"), join(folder, "users.conf"));
    const { stderr, stdout } = await promisify(execFile)(path, ["-t", "--config", join(folder, file)], { env });
    expect(`${stdout}${stderr}`).toContain("is valid");
    await rm(folder, { recursive: true });
  });
});
