import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { docker } from "@fleetlog/infra/containers";
import { afterAll, beforeAll, expect, it, type TestContext } from "vitest";
import { type Board, boardImage, createBoard, hostAddress } from "../support/containers/board.ts";
import { images, runLabels } from "../support/containers/container.ts";
import { eventually } from "../support/eventually.ts";
import { type Stack, startStack } from "../support/stack.ts";
import { suiteWith } from "../support/suite-with.ts";

const run = promisify(execFile);
const MAIN = fileURLToPath(new URL("../../infra/src/device-image/main.ts", import.meta.url));
const CMDLINE = "console=tty1 root=PARTUUID=1-02 rootwait";
const SSH_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ8h1Yh2Vt2mUyYbFq3nCk9mU2nq1m8b2X6yK0aZ me@home\n";

const labels = Object.entries(runLabels).flatMap(([name, value]) => ["--label", `${name}=${value}`]);

suiteWith("containers", "a prepared device", () => {
  let board: Awaited<ReturnType<typeof boardImage>> | undefined;
  let folder: string;
  let stack: Stack | undefined;
  const boards: Board[] = [];
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "fleetlog-device-"));
    board = await boardImage();
    const ports = { FLEETLOG_HTTPS_PORT: "0", FLEETLOG_MQTTS_PORT: "0" };
    const where = { FLEETLOG_HOST: "0.0.0.0", FLEETLOG_PUBLIC_URL: `https://${await hostAddress()}` };
    stack = await startStack({ env: { ...where, FLEETLOG_TLS: "auto", ...ports } });
  }, 400_000);
  afterAll(async () => {
    await Promise.all(boards.map((each) => each.remove()));
    await stack?.[Symbol.asyncDispose]();
    if (board !== undefined && "image" in board) await docker(["image", "rm", "--force", board.image]);
    await rm(folder, { recursive: true });
  }, 60_000);

  async function newBoard({ skip }: TestContext, runs: "systemd" | "nothing"): Promise<Board> {
    if (board === undefined) throw new Error("there is no image");
    if ("why" in board) return skip(`Debian's packages can't be installed into an image: ${board.why}`);
    const created = await createBoard(board.image, runs);
    boards.push(created);
    return created;
  }

  function running(): Stack {
    if (stack === undefined) throw new Error("no stack runs");
    return stack;
  }

  async function provisionRequest(device: string): Promise<object> {
    const asked = {
      clientId: `board-${device}`,
      userName: device,
      generateActivationKey: true,
      device: { id: device },
    };
    const { status, body } = await running().api.call<object>("POST", "/api/provision-requests", asked);
    expect(status).toBe(201);
    return { ...asked, ...body };
  }

  const sessions = async (device: string) =>
    (await running().api.events(device, "&category=session")).filter(({ type }) => type === "SessionOpened");

  async function prepare(device: string, given: object, out: string, ...more: string[]): Promise<void> {
    const written = async (name: string, text: string) => {
      await writeFile(join(folder, name), text, { mode: 0o600 });
      return join(folder, name);
    };
    const { body } = await running().api.call<string>("GET", "/api/authority");
    const request = await written(`${device}.json`, JSON.stringify(given));
    const authority = await written("ca.pem", body);
    const key = await written("key.pub", SSH_KEY);
    const server = `mqtts://${await hostAddress()}:${running().gateways[0]?.process.ready.mqttsPort}`;
    const options = ["--out", out, "--request", request, "--server", server];
    const system = more.includes("container") ? [] : ["--for", "debian", "--ssh-key", key];
    await run(process.execPath, [MAIN, ...options, "--authority", authority, ...system, ...more]);
  }

  it("installs everything after any number of interrupted first starts", async (context) => {
    const device = await newBoard(context, "nothing");
    const boot = join(folder, "boot");
    await mkdir(boot);
    await writeFile(join(boot, "cmdline.txt"), `${CMDLINE}\n`);
    const password = join(folder, "wifi.txt");
    await writeFile(password, "correct horse");
    await prepare(
      "pump-1",
      await provisionRequest("pump-1"),
      boot,
      "--hostname",
      "pump-1",
      "--wifi",
      "hall",
      "--wifi-password",
      password,
    );
    await device.copy(boot, "/boot/firmware");
    await device.start();
    // With `at` 2, each run puts one more file in place, and is interrupted before the next one.
    const cuts = [1, ...Array.from({ length: 20 }, () => 2), 3, 4, 5, 6, 7, 8];
    const codes = await device.sh(`
      mkdir /cut
      for at in ${cuts.join(" ")} never; do
        # If the script has removed itself before the interruption, nothing is left to do.
        [ -f /boot/firmware/fleetlog/first-boot.sh ] || break
        echo 0 >/cut/count; echo $at >/cut/at
        FIRST_BOOT_PAUSE=0 /boot/firmware/fleetlog/first-boot.sh >/dev/null 2>&1; code=$?
        echo $code
      done`);
    expect(codes.length).toBeGreaterThan(20);
    expect(new Set(codes.slice(0, -1))).toEqual(new Set(["137"]));
    expect(await device.sh("cat /boot/firmware/cmdline.txt")).toEqual([
      expect.stringMatching(/^console=tty1 root=PARTUUID=1-02 rootwait *$/),
    ]);
    expect(await device.sh("ls /boot/firmware/fleetlog; find / -xdev -name '*.new'")).toEqual(["first-boot.log"]);
    expect(await device.sh("cat /etc/hostname; grep ^127.0.1.1 /etc/hosts")).toEqual(["pump-1", "127.0.1.1 pump-1"]);
    expect(await device.sh("cut -d: -f2 /etc/shadow | sort -u; ! grep -v '^[^:]*:x:' /etc/passwd")).toEqual(["*"]);
    expect(
      await device.sh("stat -c '%a %U' /var/lib/fleetlog /var/lib/fleetlog/settings.json /etc/wpa_supplicant/*.conf"),
    ).toEqual(["700 fleetlog", "600 fleetlog", "600 root"]);
    const sshd = await device.sh(
      "mkdir -p /run/sshd; sshd -T | grep -E '^(passwordauth|kbdinter|permitroot|permitempty)' | sort",
    );
    expect(sshd).toEqual([
      "kbdinteractiveauthentication no",
      "passwordauthentication no",
      "permitemptypasswords no",
      "permitrootlogin without-password",
    ]);
    const [user = ""] = await device.sh("getent passwd 1000 | cut -d: -f1");
    expect(await device.sh(`stat -c '%a %U' /home/${user}/.ssh/authorized_keys`)).toEqual([`600 ${user}`]);
    expect(await device.sh("systemd-analyze verify /etc/systemd/system/fleetlog-agent.service 2>&1")).toEqual([]);
  }, 300_000);

  it("connects under its own identity after an interrupted first start; a watchdog restarts its agent", async (context) => {
    const device = await newBoard(context, "systemd");
    const root = join(folder, "root");
    const marker = join(root, "etc/os-release");
    await mkdir(join(root, "etc"), { recursive: true });
    await writeFile(marker, "");
    await prepare("pump-2", await provisionRequest("pump-2"), root);
    await rm(marker);
    const unit = join(root, "etc/systemd/system/fleetlog-agent.service.d");
    await mkdir(unit);
    await writeFile(join(unit, "test.conf"), "[Service]\nWatchdogSec=3\nTimeoutAbortSec=3\nRestartSec=1\n");
    await mkdir(join(root, "cut"));
    await writeFile(join(root, "cut/at"), "5");
    await writeFile(join(root, "cut/hang"), "");
    await device.copy(root, "/");

    await device.start();
    await eventually(() => device.sh("ls /cut/now"), 60_000);
    await device.cut();
    expect((await running().api.call("GET", "/api/devices/pump-2")).status).toBe(404);
    await device.start();
    await eventually(async () => expect(await device.isRunning()).toBe(false), 60_000);
    await device.start();
    await eventually(async () => expect((await running().api.device("pump-2")).status).toBe("connected"), 60_000);
    expect(await device.sh("cat /opt/fleetlog/first-boot/first-boot.log")).toEqual([
      "first start of a prepared device",
      "first start of a prepared device",
      "finished; the system restarts",
    ]);
    expect(await device.sh("ls /opt/fleetlog/first-boot")).toEqual(["first-boot.log"]);
    const kept = JSON.parse((await device.sh("cat /var/lib/fleetlog/settings.json")).join(""));
    expect(kept).toMatchObject({ enabled: false, provisioned: true, "client-id": "board-pump-2" });
    const { body: requests } = await running().api.call<{ items: object[] }>("GET", "/api/provision-requests");
    expect(requests.items).toContainEqual(expect.objectContaining({ userName: "pump-2", state: "COMPLETED" }));

    const show = async (name: string) =>
      (await device.sh(`systemctl show --property ${name} --value fleetlog-agent`))[0];
    const pid = await show("MainPID");
    const before = (await sessions("pump-2")).length;
    await device.sh(`kill -STOP ${pid}`);
    await eventually(async () => expect(await show("NRestarts")).toBe("1"), 60_000);
    await eventually(async () => {
      expect((await sessions("pump-2")).length).toBeGreaterThan(before);
      expect((await running().api.device("pump-2")).status).toBe("connected");
    }, 60_000);
    expect(await device.sh("id -un $(ps -o uid= -p $(systemctl show -p MainPID --value fleetlog-agent))")).toEqual([
      "fleetlog",
    ]);
  }, 240_000);

  it("is also provisioned by a start from the kernel's command line, which is restored afterwards", async (context) => {
    const device = await newBoard(context, "systemd");
    const boot = join(folder, "card");
    await mkdir(boot);
    await writeFile(join(boot, "cmdline.txt"), `${CMDLINE}\n`);
    await prepare("pump-4", await provisionRequest("pump-4"), boot);
    await device.copy(boot, "/boot/firmware");
    await device.start();
    await eventually(async () => expect(await device.isRunning()).toBe(false), 60_000);
    await device.start();
    await eventually(async () => expect((await running().api.device("pump-4")).status).toBe("connected"), 60_000);
    const [line = ""] = await device.sh("cat /boot/firmware/cmdline.txt");
    expect(line.trimEnd()).toBe(CMDLINE);
  }, 240_000);

  it("can be a container of a registered device; the image does not contain the settings", async () => {
    const out = join(folder, "container");
    const token = await running().api.register("pump-3");
    await prepare("pump-3", { id: "pump-3", token }, out, "--for", "container");
    const image = `fleetlog-agent-test:${process.pid}`;
    await docker(["build", "--build-arg", `NODE_IMAGE=${images.base}`, "--tag", image, out]);
    expect(await docker(["run", "--rm", image, "sh", "-c", "grep -rl fld_ /opt /var/lib/fleetlog || true"])).toEqual(
      [],
    );
    await run("chown", ["-R", "1000", join(out, "settings")]);
    const guarded = ["--read-only", "--cap-drop", "ALL", "--user", "1000", ...labels];
    const mounted = ["--volume", `${join(out, "settings")}:/run/settings:ro`];
    const [id = ""] = await docker(["run", "--detach", ...guarded, ...mounted, image]);
    try {
      for (const count of [1, 2]) {
        await eventually(async () => expect(await sessions("pump-3")).toHaveLength(count), 60_000);
        await docker(["restart", "--time", "5", id]);
      }
    } finally {
      await docker(["rm", "--force", "--volumes", id]);
      await docker(["image", "rm", "--force", image]);
    }
  }, 300_000);
});
