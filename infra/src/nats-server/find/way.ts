import { homedir } from "node:os";
import { join } from "node:path";
import { canAptInstall } from "../../system/apt.ts";
import { SERVER_FOLDERS } from "../../system/programs.ts";
import type { NatsServerProgram } from "./version.ts";

/** The machine on which a way looks for nats-server. Tests pass one whose PATH has only their own programs. */
export interface Machine {
  readonly env: NodeJS.ProcessEnv;
  /** Such as `linux-x64`. */
  readonly platform: string;
  /** Searched for programs after the PATH. */
  readonly folders: readonly string[];
  /** Where this user's fetched servers are kept, each in a folder with the name of its version. */
  readonly cache: string;
  /** Whether apt-get may install packages. */
  readonly canInstall: boolean;
  readonly say: (line: string) => void;
  /** Aborts a download. */
  readonly signal: AbortSignal;
}

/** Why a way found nothing, as a line for the operator; undefined if that is not worth a line. */
export interface PassedOver {
  readonly why: string | undefined;
}

export interface Way {
  /** Whether this way downloads a file. Before a download, the reasons why the earlier ways found nothing are printed. */
  readonly downloads: boolean;
  find(machine: Machine): Promise<NatsServerProgram | PassedOver>;
}

export function passedOver(why?: string): PassedOver {
  return { why };
}

export function thisMachine(env: NodeJS.ProcessEnv, say: (line: string) => void, signal: AbortSignal): Machine {
  return {
    env,
    platform: `${process.platform}-${process.arch}`,
    folders: SERVER_FOLDERS,
    cache: join(cacheFolder(env, process.platform), "fleetlog", "nats-server"),
    canInstall: canAptInstall(),
    say,
    signal,
  };
}

/** This user's folder for files that a program can fetch again. */
export function cacheFolder(env: NodeJS.ProcessEnv, platform: NodeJS.Platform): string {
  const home = env.HOME || homedir();
  if (platform === "win32") return env.LOCALAPPDATA || join(home, "AppData", "Local");
  // The XDG base directory specification ignores relative paths.
  if (env.XDG_CACHE_HOME?.startsWith("/")) return env.XDG_CACHE_HOME;
  return platform === "darwin" ? join(home, "Library", "Caches") : join(home, ".cache");
}
