import type { NatsRole } from "./access/roles.ts";
import type { Backbone } from "./backbone.ts";
import { ClockWatch } from "./clock-watch.ts";
import { connectBackbone } from "./jetstream/index.ts";
import type { Logger } from "./logger.ts";
import { backboneOptions } from "./settings/backbone-options.ts";
import type { LogSettings } from "./settings/index.ts";

export interface ConnectedProcess {
  readonly backbone: Backbone;
  /** Has been started, and has compared the clocks once if the server answered in time. */
  readonly clockWatch: ClockWatch;
  close(): Promise<void>;
}

/**
 * Connects a process as its settings say, and compares its clock with that of NATS' server.
 * @param name completes the connection's name, which the server shows: `projector <name>`
 * @throws SettingsError if the credentials file can't be read; errors of {@link connectBackbone}
 */
export async function connectProcess(
  settings: LogSettings,
  role: NatsRole,
  name: string,
  logger: Logger,
): Promise<ConnectedProcess> {
  const backbone = await connectBackbone({
    ...(await backboneOptions(settings, role)),
    name: `${role} ${name}`,
    logger,
  });
  const { clockWarn: warnMs, clockLimit: limitMs } = settings;
  const clockWatch = new ClockWatch({ backbone, now: Date.now, warnMs, limitMs, logger });
  await clockWatch.start();
  return {
    backbone,
    clockWatch,
    async close() {
      clockWatch.stop();
      await backbone.close();
    },
  };
}
