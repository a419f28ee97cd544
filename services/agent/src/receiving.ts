import type { CommandRunner } from "./commands/runner.ts";
import type { Configuration } from "./configuration/configuration.ts";
import type { Logger } from "./logger.ts";
import type { SignedMessages } from "./provisioning/verify.ts";
import type { LinkEvents } from "./transport/transport.ts";

/** The code for a message that the platform has not signed. */
const UNSIGNED = "unsigned";

export interface Receivers {
  /** Undefined if messages need no signature. */
  readonly signed: SignedMessages | undefined;
  readonly runner: Pick<CommandRunner, "deliver" | "cancel" | "refuse">;
  readonly configuration: Configuration | undefined;
  readonly logger: Logger;
}

/** Passes the platform's messages on, or refuses them if their signature is wrong. */
export function receiving({
  signed,
  runner,
  configuration,
  logger,
}: Receivers): Pick<LinkEvents, "onCommand" | "onCancelled" | "onConfiguration"> {
  const refused = (error: unknown, what: object): string => {
    const reason = error instanceof Error ? error.message : String(error);
    logger.error({ ...what, reason }, "a message that the platform has not signed was refused");
    return reason;
  };
  return {
    onCommand: (message, remainingMs) => {
      try {
        runner.deliver(signed?.command(message.jws) ?? message, remainingMs);
      } catch (error) {
        runner.refuse(message, UNSIGNED, refused(error, { command: message.id }));
      }
    },
    onCancelled: (id, jws) => {
      try {
        runner.cancel(signed?.cancelled(jws) ?? id);
      } catch (error) {
        refused(error, { cancelled: id });
      }
    },
    ...(configuration && {
      onConfiguration: (message) => {
        try {
          configuration.desired(signed?.configuration(message.jws) ?? message);
        } catch (error) {
          configuration.refuse(message.revision, UNSIGNED, refused(error, { revision: message.revision }));
        }
      },
    }),
  };
}
