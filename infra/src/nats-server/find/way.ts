import { homedir } from "node:os";
import { join } from "node:path";
import { canAptInstall } from "../../system/apt.ts";
import { foreignEnvironment } from "../../system/foreign-environment.ts";
import { SERVER_FOLDERS } from "../../system/programs.ts";
import type { NatsServerProgram } from "./version.ts";

/** The machine that is searched. In a test its PATH has only the test's programs. */
export interface Machine {
  readonly env: NodeJS.ProcessEnv;
  readonly platform: string;
  readonly folders: readonly string[];
  /** The user's fetched servers, each in a folder named after its version. */
  readonly cache: string;
  readonly canInstall: boolean;
  readonly say: (line: string) => void;
  readonly signal: AbortSignal;
}

/** Why a way found nothing; undefined: the user need not know. */
export interface PassedOver {
  readonly why: string | undefined;
}

export interface Way {
  readonly downloads: boolean;
  find(machine: Machine): Promise<NatsServerProgram | PassedOver>;
}

export function passedOver(why?: string): PassedOver {
  return { why };
}

export function thisMachine(env: NodeJS.ProcessEnv, say: (line: string) => void, signal: AbortSignal): Machine {
  return {
    env: foreignEnvironment(env),
    platform: `${process.platform}-${process.arch}`,
    folders: SERVER_FOLDERS,
    cache: join(cacheFolder(env, process.platform), "fleetlog", "nats-server"),
    canInstall: canAptInstall(),
    say,
    signal,
  };
}

export function cacheFolder(env: NodeJS.ProcessEnv, platform: NodeJS.Platform): string {
  const home = env.HOME || homedir();
  if (platform === "win32") return env.LOCALAPPDATA || join(home, "AppData", "Local");
  // The XDG base directory specification ignores relative paths.
  if (env.XDG_CACHE_HOME?.startsWith("/")) return env.XDG_CACHE_HOME;
  return platform === "darwin" ? join(home, "Library", "Caches") : join(home, ".cache");
}
