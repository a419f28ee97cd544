import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

/** A server of this folder in a process of its own. It reports its port, and its CPU for each message. */
export interface ServerProcess extends AsyncDisposable {
  readonly port: number;
  /** Microseconds of CPU that the process has used. */
  cpu(): Promise<number>;
}

export async function startServerProcess(file: string, args: readonly string[]): Promise<ServerProcess> {
  const child = fork(fileURLToPath(new URL(file, import.meta.url)), args, { execArgv: process.execArgv });
  const [{ port }] = (await once(child, "message")) as [{ port: number }];
  return {
    port,
    async cpu() {
      const answered = once(child, "message") as Promise<[NodeJS.CpuUsage]>;
      child.send("cpu");
      const [{ user, system }] = await answered;
      return user + system;
    },
    async [Symbol.asyncDispose]() {
      const ended = once(child, "exit");
      child.disconnect();
      await ended;
    },
  };
}
