import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { eventually } from "./eventually.ts";
import { startProcess } from "./processes.ts";
import { createRequest } from "./provisioning.ts";
import type { Stack } from "./stack.ts";

const AGENT = fileURLToPath(new URL("../../services/agent/src/program.ts", import.meta.url));

/** What a program on a device has shown, and the secrets that it used. */
export interface DeviceRun {
  readonly output: string;
  readonly arguments: string;
  readonly secrets: readonly string[];
}

/** Runs `fleetlog-agent` until it is connected with a credential of its own. */
export async function runAgent({ api, gateways }: Stack, folder: string): Promise<DeviceRun> {
  const id = "by-agent";
  const request = await createRequest(api, id, { generateActivationKey: true, allowPlain: true });
  const { password, activationKey = "" } = request;
  const path = join(folder, "settings.json");
  const settings = {
    ...{ enabled: true, "client-id": id, username: `user-${id}`, password, "activation-key": activationKey },
    ...{ "broker-url": `mqtt://127.0.0.1:${gateways[0]?.mqttPort}`, "ca-authentication": false },
  };
  await writeFile(path, JSON.stringify(settings));
  const child = spawn(process.execPath, [AGENT, path], { stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (text: string) => {
      output += text;
    });
  try {
    await eventually(() => {
      if (!output.includes(`connected as ${id}`)) throw new Error(`the agent is not connected: ${output}`);
    });
    const shown = await readFile(`/proc/${child.pid}/cmdline`, "utf8");
    return { output, arguments: shown, secrets: [password, activationKey, ...(await tokensIn(folder))] };
  } finally {
    child.kill("SIGTERM");
    await once(child, "exit");
  }
}

/** Runs a simulated fleet that registers itself. */
export async function runSimulator({ adminToken, gateways: [gateway] }: Stack, folder: string): Promise<DeviceRun> {
  const fleet = await startProcess<unknown>("simulators/src/main.ts", {
    FLEETLOG_HTTP_PORT: String(gateway?.httpPort),
    FLEETLOG_MQTT_PORT: String(gateway?.mqttPort),
    FLEETLOG_ADMIN_TOKEN: adminToken,
    FLEETLOG_DATA_DIR: folder,
    FLEETLOG_FLEET: "2",
    FLEETLOG_LOG_LEVEL: "debug",
  });
  const shown = await readFile(`/proc/${fleet.pid}/cmdline`, "utf8");
  await fleet.stop();
  return { output: fleet.logs().join("\n"), arguments: shown, secrets: await tokensIn(folder) };
}

/** The tokens of devices that a program has stored for itself. */
async function tokensIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const texts = await Promise.all(
    entries.filter((entry) => entry.isFile()).map((entry) => readFile(join(entry.parentPath, entry.name), "utf8")),
  );
  const tokens = [...new Set(texts.join("\n").match(/fld_[\w.-]+/g))];
  if (tokens.length === 0) throw new Error(`no token of a device is stored in ${folder}`);
  return tokens;
}
