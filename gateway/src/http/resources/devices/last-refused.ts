import type { EventLog } from "@fleetlog/log";
import type { LastRefused } from "@fleetlog/protocol";

/** Short, because a device's page must open fast even when ACCESS does not answer. */
const TIMEOUT_MS = 1_000;

/** Undefined if no log-in of the device was refused, or ACCESS can't be read. Never rejects. */
export async function lastRefusedOf(log: Pick<EventLog, "last">, device: string): Promise<LastRefused | undefined> {
  const late = Promise.withResolvers<undefined>();
  const timeout = setTimeout(() => late.resolve(undefined), TIMEOUT_MS);
  const last = await Promise.race([log.last("access", device).catch(() => undefined), late.promise]);
  clearTimeout(timeout);
  if (last?.type !== "LoginRefused") return undefined;
  const { code, cause, protocol, address, count } = last.data;
  return { at: last.time, code, cause, protocol, address, count };
}
