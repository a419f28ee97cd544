import { resolve } from "node:path";
import { startSettings } from "@fleetlog/runtime/node";
import { type AdminToken, adminToken } from "./launcher/admin-token.ts";
import { checkFormat, type DataFormat } from "./launcher/data-format.ts";
import { lockData } from "./launcher/data-lock.ts";
import { processEnvironment, type Shared } from "./launcher/environment.ts";
import { LAUNCHER_LISTENERS } from "./launcher/listeners.ts";
import { ProcessLogs } from "./launcher/logs.ts";
import { writeAccess } from "./launcher/nats-access.ts";
import { natsProcess, syncOf } from "./launcher/nats-process.ts";
import type { OwnProcess } from "./launcher/own-processes.ts";
import { freePort, resolvePorts } from "./launcher/ports.ts";
import { makePrivate } from "./launcher/private-folder.ts";
import { type LauncherSettings, launcherSettings } from "./launcher/settings.ts";
import { findNatsServer, newPasswords } from "./nats-server/index.ts";
import { readNatsLine, readOwnLine } from "./supervision/log-lines.ts";
import type { ManagedProcess, SpawnedProcess } from "./supervision/managed-process.ts";
import { nodeChild } from "./supervision/node-child.ts";
import { type Supervised, supervise } from "./supervision/supervise.ts";
import { root } from "./system/root.ts";

export interface AppOptions {
  readonly env: NodeJS.ProcessEnv;
  readonly processes: readonly OwnProcess[];
  readonly prepare?: (say: (line: string) => void) => Promise<void>;
  readonly say: (line: string) => void;
}

export interface App {
  readonly settings: LauncherSettings;
  readonly token: AdminToken;
}

export class Launcher {
  readonly #options: AppOptions;
  readonly #running: Supervised[] = [];
  readonly #closings: (() => void)[] = [];
  readonly #aborted = new AbortController();
  #stopped: Promise<void> | undefined;

  constructor(options: AppOptions) {
    this.#options = options;
  }

  /** Rejects when a process fails to start, a port is taken, or `stop` is called. */
  async start(): Promise<App> {
    const { env, processes, prepare, say } = this.#options;
    const given = startSettings(launcherSettings, env);
    const dataDir = resolve(given.dataDir);
    const lock = await lockData(dataDir, say);
    this.#closings.push(() => lock.release());
    const format = checkFormat(dataDir);
    const settings = await resolvePorts(given);
    const token = await adminToken(dataDir, settings.adminToken);
    const logs = new ProcessLogs(settings, dataDir, say);
    this.#closings.push(() => logs.close());
    say(` ✓ data folder ${dataDir}`);
    // Prints no line after `stop`, because an interrupted preparation may report failures.
    await prepare?.((line) => this.#stopped === undefined && say(line));
    if (this.#stopped !== undefined) throw new Error("stopped before anything was started");
    // `prepare` comes before this, because the pages that it builds must stay readable for every user.
    makePrivate(dataDir);

    const up = async (managed: ManagedProcess): Promise<void> => {
      if (this.#stopped !== undefined) throw new Error(`stopped before ${managed.name} was started`);
      const onSpawn = ({ pid, mark }: SpawnedProcess) => lock.record(managed.name, pid, mark);
      const supervised = supervise(managed, { say: (line) => say(` ! ${line}`), onSpawn });
      this.#running.push(supervised);
      const waiting = setInterval(() => say(`   still waiting for ${managed.name}`), 15_000);
      const { readyText } = await supervised.ready.finally(() => clearInterval(waiting));
      say(` ✓ ${managed.name}: ${readyText}`);
    };

    const nats =
      settings.natsUrl === undefined ? await this.#startNats(settings, dataDir, format, logs, up) : undefined;
    const shared = { nats, dataDir, token: token.token };
    let waiting: Promise<void> | undefined;
    for (const own of processes) {
      const { name, main, describe } = own;
      if (name === "fleet" && settings.fleet === 0) continue;
      const ready = up(
        nodeChild({
          name,
          main,
          env: processEnvironment(env, settings, shared, own),
          cwd: root,
          // The process stops its work within `stopTimeout`, and then needs a moment to exit.
          stopWithin: settings.stopTimeout + 2_000,
          onLine: (line, stream) => logs.write(name, line, readOwnLine(line, stream)),
          say,
          describe: (details) => describe(settings, details),
        }),
      );
      if (own.waitsForNext === true) {
        waiting = ready;
        ready.catch(() => undefined);
        continue;
      }
      await ready;
      await waiting;
    }
    return { settings, token };
  }

  async #startNats(
    settings: LauncherSettings,
    dataDir: string,
    format: DataFormat,
    logs: ProcessLogs,
    up: (part: ManagedProcess) => Promise<void>,
  ): Promise<NonNullable<Shared["nats"]>> {
    const program = await findNatsServer({
      env: this.#options.env,
      say: this.#options.say,
      signal: this.#aborted.signal,
    });
    const port = await freePort(
      settings.natsPort,
      "127.0.0.1",
      LAUNCHER_LISTENERS.filter(({ used }) => used(settings)).map(({ key }) => Number(settings[key])),
    );
    if (port !== settings.natsPort && settings.natsPort !== 0) {
      this.#options.say(`   port ${settings.natsPort} is taken; nats-server uses ${port}`);
    }
    const onLog = (line: string) => logs.write("nats-server", line, readNatsLine(line));
    const say = (line: string) => this.#options.say(` ! ${line}`);
    const warning = format.openedBy(program.version);
    if (warning !== undefined) say(warning);
    const passwords = newPasswords();
    const server = { url: `nats://127.0.0.1:${port}`, sync: syncOf(settings) };
    await writeAccess(dataDir, passwords, server);
    await up(natsProcess(program, port, dataDir, settings, { onLog, say, passwords }));
    return { ...server, passwords };
  }

  stop(): Promise<void> {
    this.#aborted.abort();
    this.#stopped ??= this.#stopAll();
    return this.#stopped;
  }

  async #stopAll(): Promise<void> {
    for (const supervised of this.#running.toReversed()) {
      await supervised.stop();
      this.#options.say(` ✓ ${supervised.name} stopped`);
    }
    for (const close of this.#closings.toReversed()) close();
  }

  kill(): void {
    this.#aborted.abort();
    for (const supervised of this.#running) supervised.kill();
  }
}
