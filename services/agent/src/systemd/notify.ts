import { execFile } from "node:child_process";
import type { Logger } from "../logger.ts";

export interface SystemdOptions {
  readonly logger: Logger;
  readonly env?: NodeJS.ProcessEnv;
  readonly notify?: (argument: string) => Promise<unknown>;
}

export interface Systemd {
  ready(): void;
  stopping(): void;
}

/**
 * Does nothing if systemd did not start this process. A timer answers the watchdog, so that systemd restarts a process
 * whose event loop hangs.
 */
export function systemd({ logger, env = process.env, notify = systemdNotify }: SystemdOptions): Systemd {
  if (env.NOTIFY_SOCKET === undefined) return { ready: () => undefined, stopping: () => undefined };
  let failed = false;
  const send = (argument: string) =>
    void notify(argument).then(
      () => {
        failed = false;
      },
      (error: Error) => {
        if (!failed) logger.warn({ err: error }, "systemd could not be notified");
        failed = true;
      },
    );
  let watchdog: NodeJS.Timeout | undefined;
  return {
    ready() {
      send("READY=1");
      const everyMs = watchdogMs(env);
      if (everyMs === undefined || watchdog !== undefined) return;
      watchdog = setInterval(() => send("WATCHDOG=1"), everyMs);
      watchdog.unref();
    },
    stopping() {
      clearInterval(watchdog);
      send("STOPPING=1");
    },
  };
}

/** A third of the watchdog's limit; undefined without a watchdog for this process. */
function watchdogMs({ WATCHDOG_USEC, WATCHDOG_PID }: NodeJS.ProcessEnv): number | undefined {
  const microseconds = Number(WATCHDOG_USEC);
  if (!(microseconds > 0)) return undefined;
  if (WATCHDOG_PID !== undefined && Number(WATCHDOG_PID) !== process.pid) return undefined;
  return Math.max(Math.floor(microseconds / 3_000), 1);
}

/** Runs `systemd-notify`, because Node has no datagram sockets, which NOTIFY_SOCKET needs. */
function systemdNotify(argument: string): Promise<void> {
  return new Promise((resolve, reject) => {
    execFile("systemd-notify", [argument], { timeout: 10_000 }, (error) =>
      error === null ? resolve() : reject(error),
    );
  });
}
