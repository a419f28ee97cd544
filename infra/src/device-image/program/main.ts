// node fleetlog-agent.mjs <settings file>: keeps a prepared device connected until it is stopped.
import { readFileSync } from "node:fs";
import { hostname } from "node:os";
import { dirname, join } from "node:path";
import { createAgent, fileStore, type Logger } from "@fleetlog/agent";
import { systemd } from "@fleetlog/agent/systemd";
import { readConnection } from "./settings.ts";

/** EX_CONFIG of sysexits.h. */
const CONFIGURATION = 78;

/** systemd's journal reads the level from the number in angle brackets. */
const log = (level: number) => (fields: object, message: string) =>
  console.log(`<${level}>${message} ${JSON.stringify(fields)}`);
const logger: Logger = { debug: () => undefined, info: log(6), warn: log(4), error: log(3) };

try {
  run(process.argv[2] ?? "");
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = CONFIGURATION;
}

function run(file: string): void {
  const { url, device, token, ca } = readConnection(file);
  const store = fileStore(join(dirname(file), "agent.journal"), { sync: true });
  const tls = ca === undefined ? {} : { tls: { ca } };
  const agent = createAgent({
    url,
    device,
    token,
    ...tls,
    logger,
    store,
    profile: { model: board(), host: hostname() },
  });
  const service = systemd({ logger });
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    process.once(signal, () => {
      service.stopping();
      void agent.stop().then(() => {
        store.close();
        process.exit(0);
      });
    });
  }
  agent.start();
  service.ready();
}

/** The board's model, as its device tree names it. */
function board(): string {
  try {
    return readFileSync("/proc/device-tree/model", "utf8").replaceAll("\0", "");
  } catch {
    return `${process.platform} ${process.arch}`;
  }
}
