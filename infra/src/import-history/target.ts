import { setTimeout as sleep } from "node:timers/promises";
import { type Backbone, backboneOptions, connectBackbone } from "@fleetlog/log";
import { HEARTBEAT_INTERVAL_MS } from "@fleetlog/protocol";
import { startSettings } from "@fleetlog/runtime/node";
import { Launcher } from "../app.ts";
import { type LauncherSettings, launcherSettings } from "../launcher/settings.ts";

export interface Target {
  readonly log: Backbone["log"];
  readonly settings: LauncherSettings;
  close(): Promise<void>;
}

const CONNECT_MS = 30_000;

/**
 * The installation that gets the history: a data folder, whose nats-server runs only for the import, or a NATS server.
 *
 * @throws Error with a message of one line, for example if Fleetlog runs there
 */
export async function openTarget(env: NodeJS.ProcessEnv, say: (line: string) => void): Promise<Target> {
  // No gateway and no simulated device is started. Port 0 means any free port.
  const own = { ...env, FLEETLOG_HTTP_PORT: "0", FLEETLOG_MQTT_PORT: "0", FLEETLOG_FLEET: "0" };
  const given = startSettings(launcherSettings, own);
  if (given.natsUrl !== undefined) {
    const backbone = await connected(given, say);
    try {
      await mustBeAlone(backbone);
    } catch (error) {
      await backbone.close();
      throw error;
    }
    return { log: backbone.log, settings: given, close: () => backbone.close() };
  }
  const launcher = new Launcher({ env: own, processes: [], say });
  try {
    const { settings } = await launcher.start();
    const backbone = await connected(settings, say);
    return {
      log: backbone.log,
      settings,
      async close() {
        await backbone.close();
        await launcher.stop();
      },
    };
  } catch (error) {
    await launcher.stop();
    throw error;
  }
}

async function connected(settings: LauncherSettings, say: (line: string) => void): Promise<Backbone> {
  const logger = { info() {}, warn: tell, error: tell };
  function tell(_: object, message: string): void {
    say(` ! ${message}`);
  }
  const connecting = connectBackbone({
    ...(await backboneOptions(settings, "gateway")),
    name: "import of a history",
    logger,
  });
  const timeout = new AbortController();
  try {
    const late = sleep(CONNECT_MS, undefined, { signal: timeout.signal }).then(() => {
      throw new Error(`NATS does not answer within ${CONNECT_MS / 1_000} seconds`);
    });
    late.catch(() => {});
    return await Promise.race([connecting, late]);
  } catch (error) {
    connecting.then((backbone) => backbone.close()).catch(() => {});
    throw error;
  } finally {
    timeout.abort();
  }
}

/** Every running process of Fleetlog sends heartbeats. */
async function mustBeAlone({ bus }: Pick<Backbone, "bus">): Promise<void> {
  let found: string | undefined;
  const heartbeats = bus.subscribe("beat.*.*", ({ data }) => {
    const { kind, id } = (data ?? {}) as { readonly kind?: string; readonly id?: string };
    found ??= `${kind ?? "a part"} ${id ?? ""}`.trim();
  });
  try {
    await sleep(2 * HEARTBEAT_INTERVAL_MS);
  } finally {
    heartbeats.stop();
  }
  if (found !== undefined)
    throw new Error(`Fleetlog runs on this NATS server (${found}): stop all its processes first`);
}
