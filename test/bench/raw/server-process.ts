import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

/** A server of this folder in a process of its own. It reports its port, and its CPU for each message. */
export interface ServerProcess extends AsyncDisposable {
  readonly port: number;
  /** Microseconds of CPU that the process has used. */
  cpu(): Promise<number>;
}

/** @throws Error if the process ends before it has started; so does {@link ServerProcess.cpu} if it has ended */
export async function startServerProcess(file: string, args: readonly string[]): Promise<ServerProcess> {
  const child = fork(fileURLToPath(new URL(file, import.meta.url)), args, { execArgv: process.execArgv });
  const ended = Promise.withResolvers<never>();
  ended.promise.catch(() => {});
  child.once("exit", (code, signal) => ended.reject(new Error(`${file} ended with ${signal ?? code}`)));
  child.on("error", ended.reject);
  const message = async <T>() => {
    const [received] = await Promise.race([once(child, "message"), ended.promise]);
    return received as T;
  };
  const { port } = await message<{ port: number }>();
  return {
    port,
    async cpu() {
      const answered = message<NodeJS.CpuUsage>();
      child.send("cpu");
      const { user, system } = await answered;
      return user + system;
    },
    async [Symbol.asyncDispose]() {
      if (child.connected) child.disconnect();
      await ended.promise.catch(() => {});
    },
  };
}
