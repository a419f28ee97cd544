import { createHash } from "node:crypto";
import { copyFile, cp, mkdir, mkdtemp, readdir, readFile, rename, rm, symlink, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { aptInstall, canAptInstall } from "../system/apt.ts";
import { findProgram } from "../system/programs.ts";
import { root } from "../system/root.ts";
import { reasonOf, runProgram } from "../system/run.ts";
import { docker, hasImage } from "./docker.ts";

const CA_BUNDLE = "/etc/ssl/certs/ca-certificates.crt";
/** Increase when the contents of the image change: an older image is then not used. */
const RECIPE = 1;
/** busybox has the `wget` of nats-server's health check. */
const PACKAGES = "ca-certificates,busybox";
const TIMEOUT_MS = 600_000;

interface Context {
  readonly say: (line: string) => void;
  readonly env: NodeJS.ProcessEnv;
}

/**
 * Makes a base image from Debian's packages, for machines that reach no registry of images.
 *
 * @param cache folder that keeps the image's files for the next engine, by their hash
 * @returns the image's tag, or why it can't be made here
 */
export async function debianBase(
  cache: string,
  say: (line: string) => void,
): Promise<{ readonly image: string } | { readonly why: string }> {
  if (!canAptInstall()) return { why: "only root on Debian or Ubuntu can make a base image" };
  const source = await debianSource();
  if (source === undefined) return { why: "apt-get has no source of Debian's packages" };
  const npm = await npmVersion();
  const hash = await hashOf([source.suite, npm, process.version, process.arch, await bundle()]);
  const image = `fleetlog-node:${hash}`;
  if (await hasImage(image)) return { image };
  const archive = join(cache, `node-${hash}.tar`);
  const context = { say, env: process.env };
  if (!(await exists(cache, archive))) {
    if (findProgram("debootstrap") === undefined) await aptInstall("debootstrap", say);
    say("   making a base image from Debian's packages; this takes about a minute");
    await makeArchive(source, npm, archive, context);
  }
  const env = [`NODE_EXTRA_CA_CERTS=${CA_BUNDLE}`, `NPM_CONFIG_CAFILE=${CA_BUNDLE}`];
  const changes = [...env.map((each) => `ENV ${each}`), 'CMD ["node"]'].flatMap((change) => ["--change", change]);
  await docker(["import", ...changes, archive, image]);
  return { image };
}

async function debianSource(): Promise<{ readonly mirror: string; readonly suite: string } | undefined> {
  const format = "$(REPO_URI) $(CODENAME) $(COMPONENT)";
  const { lines } = await run("apt-get", ["indextargets", "--format", format, "Identifier: Packages"], {
    say: () => undefined,
    env: process.env,
  });
  const sources = lines.map((line) => line.split(" ")).filter(([, , component]) => component === "main");
  const [mirror, suite] = sources.find(([, name]) => /^[a-z]+$/.test(name ?? "")) ?? [];
  return mirror === undefined || suite === undefined ? undefined : { mirror, suite };
}

async function makeArchive(
  { mirror, suite }: { readonly mirror: string; readonly suite: string },
  npm: string,
  archive: string,
  context: Context,
): Promise<void> {
  const cache = dirname(archive);
  await mkdir(cache, { recursive: true, mode: 0o700 });
  // debootstrap makes devices, which a folder in memory often may not have.
  const folder = await mkdtemp(join(cache, "node-"));
  const system = join(folder, "system");
  try {
    const what = ["--variant=minbase", `--include=${PACKAGES}`, suite, system, mirror];
    await run("debootstrap", what, context);
    await addNode(system, npm, context);
    await run("chroot", [system, "useradd", "--uid", "1000", "--user-group", "--create-home", "node"], context);
    await writeFile(join(system, CA_BUNDLE), await bundle());
    await symlink("/bin/busybox", join(system, "usr/local/bin/wget"));
    await removeUnneeded(system);
    await run("tar", ["--create", "--file", `${archive}.new`, "--directory", system, "."], context);
    await rename(`${archive}.new`, archive);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function addNode(system: string, npm: string, context: Context): Promise<void> {
  const local = join(system, "usr/local");
  await copyFile(process.execPath, join(local, "bin/node"));
  const licence = join(root, `node_modules/node/node_modules/node-${process.platform}-${process.arch}/LICENSE`);
  await cp(licence, join(local, "LICENSE"));
  await run("npm", ["install", "--global", "--no-audit", "--no-fund", "--prefix", local, `npm@${npm}`], context);
}

/** Removes files that no container needs. Keeps copyright notices. */
async function removeUnneeded(system: string): Promise<void> {
  for (const each of ["var/cache/apt", "var/lib/apt/lists", "usr/share/man", "usr/share/locale", "usr/share/info"])
    for (const entry of await readdir(join(system, each)).catch(() => []))
      await rm(join(system, each, entry), { recursive: true });
  const docs = await readdir(join(system, "usr/share/doc"), { recursive: true, withFileTypes: true });
  for (const { parentPath, name } of docs.filter((entry) => entry.isFile() && entry.name !== "copyright"))
    await rm(join(parentPath, name));
}

/** Whether the cache has the archive. Also removes archives of other hashes, and what a killed run has left. */
async function exists(cache: string, archive: string): Promise<boolean> {
  const kept = (await readdir(cache).catch(() => [])).filter((name) => name.startsWith("node-"));
  // A killed debootstrap may have left a file system mounted in its folder.
  for (const name of kept)
    if (name !== basename(archive)) await rm(join(cache, name), { recursive: true }).catch(() => undefined);
  return kept.includes(basename(archive));
}

async function run(command: string, args: readonly string[], { say, env }: Context) {
  const ran = await runProgram(command, args, {
    env,
    timeoutMs: TIMEOUT_MS,
    signal: new AbortController().signal,
    onWait: (seconds) => seconds % 15 === 0 && say(`   still running: ${command} (${seconds} s)`),
  });
  if (ran.code !== 0) throw new Error(`${command}: ${reasonOf(ran)}`);
  return ran;
}

async function npmVersion(): Promise<string> {
  const { packageManager } = JSON.parse(await readFile(join(root, "package.json"), "utf8")) as {
    readonly packageManager: string;
  };
  return packageManager.replace("npm@", "");
}

function bundle(): Promise<string> {
  return readFile(process.env.NODE_EXTRA_CA_CERTS ?? CA_BUNDLE, "utf8").catch(() => readFile(CA_BUNDLE, "utf8"));
}

function hashOf(parts: readonly string[]): string {
  const hash = createHash("sha256").update(JSON.stringify([RECIPE, PACKAGES, ...parts]));
  return hash.digest("hex").slice(0, 16);
}
