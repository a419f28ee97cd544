import { resolve } from "node:path";
import { LISTENERS, type Settings, startSettings } from "@fleetlog/protocol/settings";
import { type AdminToken, adminToken } from "./launcher/admin-token.ts";
import { checkFormat, type DataFormat } from "./launcher/data-format.ts";
import { lockData } from "./launcher/data-lock.ts";
import { partEnvironment } from "./launcher/environment.ts";
import { PartLogs } from "./launcher/logs.ts";
import { natsPart } from "./launcher/nats-part.ts";
import type { OwnPart } from "./launcher/own-parts.ts";
import { freePort, settlePorts } from "./launcher/ports.ts";
import { findNatsServer } from "./nats-server/index.ts";
import { readNatsLine, readOwnLine } from "./supervision/log-lines.ts";
import { nodeChild } from "./supervision/node-child.ts";
import type { Part, RunningPart } from "./supervision/part.ts";
import { type Supervised, supervise } from "./supervision/supervise.ts";
import { root } from "./system/root.ts";

export interface AppOptions {
  readonly env: NodeJS.ProcessEnv;
  readonly parts: readonly OwnPart[];
  /** What has to be there before the parts start. */
  readonly prepare?: (say: (line: string) => void) => Promise<void>;
  /** Told one line a step. */
  readonly say: (line: string) => void;
}

/** Everything, running. */
export interface App {
  readonly settings: Settings;
  readonly token: AdminToken;
}

/** Starts all parts, one after the other, and holds them until `stop`. */
export class Launcher {
  readonly #options: AppOptions;
  readonly #running: Supervised[] = [];
  /** Run in the opposite order once all parts have stopped. */
  readonly #closings: (() => void)[] = [];
  #stopped: Promise<void> | undefined;

  constructor(options: AppOptions) {
    this.#options = options;
  }

  /** Rejects when a part never came up, a port is taken, or `stop` was called meanwhile. */
  async start(): Promise<App> {
    const { env, parts, prepare, say } = this.#options;
    const given = startSettings("launcher", env);
    const dataDir = resolve(given.dataDir);
    const lock = await lockData(dataDir, say);
    this.#closings.push(() => lock.release());
    const format = checkFormat(dataDir);
    const settings = await settlePorts(given);
    const token = await adminToken(dataDir, settings.adminToken);
    const logs = new PartLogs(settings, dataDir, say);
    this.#closings.push(() => logs.close());
    say(` ✓ data folder ${dataDir}`);
    // What fails because it was stopped is no news.
    await prepare?.((line) => this.#stopped === undefined && say(line));
    if (this.#stopped !== undefined) throw new Error("stopped before anything was started");

    const up = async (part: Part): Promise<void> => {
      if (this.#stopped !== undefined) throw new Error(`stopped before ${part.name} was started`);
      const onUp = ({ pid, mark }: RunningPart) => lock.record(part.name, pid, mark);
      const supervised = supervise(part, { say: (line) => say(` ! ${line}`), onUp });
      this.#running.push(supervised);
      const waiting = setInterval(() => say(`   still waiting for ${part.name}`), 15_000);
      const { ready } = await supervised.ready.finally(() => clearInterval(waiting));
      say(` ✓ ${part.name}: ${ready}`);
    };

    const natsUrl = settings.natsUrl ?? (await this.#startNats(settings, dataDir, format, logs, up));
    const shared = { natsUrl, dataDir, token: token.token };
    for (const part of parts) {
      const { name, main, describe } = part;
      if (name === "fleet" && settings.fleet === 0) continue;
      await up(
        nodeChild({
          name,
          main,
          env: partEnvironment(env, settings, shared, part),
          cwd: root,
          // What a process may take to stop, and a moment for the process itself to end.
          stopWithin: settings.stopTimeout + 2_000,
          onLine: (line, stream) => logs.write(name, line, readOwnLine(line, stream)),
          say,
          describe: (said) => describe(settings, said),
        }),
      );
    }
    return { settings, token };
  }

  async #startNats(
    settings: Settings,
    dataDir: string,
    format: DataFormat,
    logs: PartLogs,
    up: (part: Part) => Promise<void>,
  ): Promise<string> {
    const program = await findNatsServer(this.#options.env, this.#options.say);
    const port = await freePort(
      settings.natsPort,
      "127.0.0.1",
      LISTENERS.map(({ key }) => settings[key]),
    );
    if (port !== settings.natsPort && settings.natsPort !== 0) {
      this.#options.say(`   port ${settings.natsPort} is taken; nats-server uses ${port}`);
    }
    const onLog = (line: string) => logs.write("nats-server", line, readNatsLine(line));
    const say = (line: string) => this.#options.say(` ! ${line}`);
    const older = format.by(program.version);
    if (older !== undefined) say(older);
    await up(natsPart(program, port, dataDir, settings, { onLog, say }));
    return `nats://127.0.0.1:${port}`;
  }

  /** Ends all parts in order, the last started first, and gives the data folder back. */
  stop(): Promise<void> {
    this.#stopped ??= this.#stopAll();
    return this.#stopped;
  }

  async #stopAll(): Promise<void> {
    for (const part of this.#running.toReversed()) {
      await part.stop();
      this.#options.say(` ✓ ${part.name} stopped`);
    }
    for (const close of this.#closings.toReversed()) close();
  }

  /** Ends all parts at once. */
  kill(): void {
    for (const part of this.#running) part.kill();
  }
}
