import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  launcherUsers,
  type NatsServer,
  type NatsServerOptions,
  type Passwords,
  startNatsServer,
} from "@fleetlog/infra/nats-server";

/** A nats-server for one test or file, on a free port. Its store is deleted at the end. */
export interface TestNats {
  readonly url: string;
  readonly port: number;
  readonly storeDir: string;
  readonly pid: number;
  readonly version: string;
  logs(): readonly string[];
  stop(): Promise<void>;
  kill(): Promise<void>;
  /** Starts again on the same port and store; does nothing while the server runs. */
  start(changed?: Omit<NatsServerOptions, "storeDir" | "port">): Promise<void>;
  cleanup(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** `await using` or `cleanup` stops the server and deletes its store. */
export async function startTestNats(options: Omit<NatsServerOptions, "storeDir" | "port"> = {}): Promise<TestNats> {
  const storeDir = await mkdtemp(join(tmpdir(), "fleetlog-nats-"));
  let server: NatsServer;
  try {
    server = await startNatsServer({ ...options, storeDir });
  } catch (error) {
    await rm(storeDir, { recursive: true, force: true });
    throw error;
  }
  const { url, port, version } = server;
  let up = true;

  const end = async (how: "stop" | "kill") => {
    up = false;
    await server[how]();
  };
  const cleanup = async () => {
    await end("kill");
    await rm(storeDir, { recursive: true, force: true });
  };
  return {
    url,
    port,
    storeDir,
    version,
    get pid() {
      return server.pid;
    },
    logs: () => server.logs(),
    stop: () => end("stop"),
    kill: () => end("kill"),
    async start(changed) {
      if (up) return;
      server = await startNatsServer({ ...options, ...changed, storeDir, port });
      up = true;
    },
    cleanup,
    [Symbol.asyncDispose]: cleanup,
  };
}

/** The launcher's users. A client without a credential is `operator`, so tests need no password. */
export function usersForTests(passwords: Passwords): string {
  return `${launcherUsers(passwords)}no_auth_user: operator\n`;
}
