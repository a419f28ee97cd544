import type { StreamName } from "@fleetlog/domain";
import type { EventLog } from "./log.ts";

/** nats-server's leader of a stream looks for its followers every ten seconds. */
const OLD_STATE_MS = 15_000;
const PAUSE_MS = 500;

/**
 * Makes a comparison that decides whether something, such as a view, was made from this stream. In a cluster, a leader
 * that is cut off shows an old state until it notices its isolation, and a new leader may not have applied its newest
 * entries. There a difference counts only if it is still found after 15 seconds; on one server it counts at once.
 *
 * @param compare undefined: no difference. Also return undefined when the answer is not needed any more.
 */
export async function lastingDifference<T>(
  log: Pick<EventLog, "state">,
  stream: StreamName,
  compare: () => Promise<T | undefined>,
): Promise<T | undefined> {
  const since = performance.now();
  for (;;) {
    const found = await compare();
    if (found === undefined || performance.now() - since >= OLD_STATE_MS) return found;
    const { replicas } = await log.state(stream);
    if (replicas === 1) return found;
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
}
