import { spawnSync } from "node:child_process";
import { findProgram } from "../system/programs.ts";
import { type RunOptions, reasonOf, runProgram } from "../system/run.ts";

/** The last version that builds with BuildKit without the plugin buildx. */
const LAST_WITHOUT_BUILDX = 22;
const TIMEOUT_MS = 900_000;

export interface DockerOptions extends Partial<Pick<RunOptions, "signal" | "timeoutMs" | "onLine" | "onWait">> {
  readonly env?: NodeJS.ProcessEnv;
}

/**
 * Resolves with the last lines that Docker's client wrote.
 *
 * @throws Error with the client's error line, if it fails
 */
export async function docker(args: readonly string[], options: DockerOptions = {}): Promise<readonly string[]> {
  const env = { ...process.env, ...options.env, DOCKER_BUILDKIT: "1", BUILDKIT_PROGRESS: "plain" };
  const ran = await runProgram(dockerClient(env) ?? "docker", args, {
    timeoutMs: TIMEOUT_MS,
    signal: new AbortController().signal,
    ...options,
    env,
  });
  if (ran.code !== 0) throw new Error(`docker ${args[0]}: ${reasonOf(ran)}`);
  return ran.lines;
}

export function hasImage(image: string): Promise<boolean> {
  return docker(["image", "inspect", "--format", "{{.Id}}", image]).then(
    () => true,
    () => false,
  );
}

export async function canPull(image: string, say: (line: string) => void): Promise<boolean> {
  if (await hasImage(image)) return true;
  const pulled = docker(["pull", "--quiet", image], {
    onWait: (seconds) => seconds % 15 === 0 && say(`   still pulling ${image} (${seconds} s)`),
  });
  return pulled.then(
    () => true,
    (error: Error) => {
      say(`   ${image} can't be pulled: ${error.message}`);
      return false;
    },
  );
}

/**
 * The first client on the PATH that can build with BuildKit.
 *
 * A newer client needs its plugin buildx. It may be earlier on the PATH than the client of the system's package.
 */
export function dockerClient(
  env: NodeJS.ProcessEnv = process.env,
  others: readonly string[] = ["/usr/bin"],
): string | undefined {
  const folders = [...(env.PATH ?? "").split(":"), ...others];
  const clients = folders.flatMap((folder) => findProgram("docker", folder, []) ?? []);
  return clients.find((client) => canBuild(client, env)) ?? clients[0];
}

function canBuild(client: string, env: NodeJS.ProcessEnv): boolean {
  const options = { env, encoding: "utf8", timeout: 20_000 } as const;
  const major = /version (\d+)\./.exec(spawnSync(client, ["--version"], options).stdout ?? "")?.[1];
  if (major !== undefined && Number(major) <= LAST_WITHOUT_BUILDX) return true;
  return spawnSync(client, ["buildx", "version"], options).status === 0;
}
