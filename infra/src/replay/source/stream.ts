import { once } from "node:events";
import type { RecordedEvent } from "@fleetlog/domain";
import type { Replay, ReplayPosition, ReplayProblem } from "@fleetlog/protocol";
import { createWebSocketStream, WebSocket } from "ws";
import type { Installation } from "../options.ts";

export type ReplayMessage =
  | ReplayPosition
  | ReplayProblem
  | { readonly type: "events"; readonly items: readonly RecordedEvent[] };

/** The gateway ended the replay with this code: the access has ended. */
const ACCESS_ENDED = 1_008;

/** The access to the history has ended. */
export class AccessEnded extends Error {}

/**
 * Messages of a replay, until the socket closes. Unread messages wait at the source, and the replay's time stands still
 * meanwhile.
 *
 * @throws AccessEnded; Error if there is no connection
 */
export async function* replayMessages(
  { url, key }: Installation,
  { stream }: Pick<Replay, "stream">,
  signal: AbortSignal,
): AsyncGenerator<ReplayMessage> {
  const address = new URL(stream, url);
  address.protocol = address.protocol === "https:" ? "wss:" : "ws:";
  const socket = new WebSocket(address, { headers: { authorization: `Bearer ${key}` } });
  // Nothing else handles this error if the signal aborts while the socket connects.
  socket.on("error", () => {});
  const closed = once(socket, "close").catch(() => []);
  const messages = createWebSocketStream(socket, { readableObjectMode: true });
  const abort = () => void messages.destroy();
  signal.addEventListener("abort", abort, { once: true });
  try {
    if (!signal.aborted) for await (const message of messages) yield JSON.parse(String(message)) as ReplayMessage;
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    signal.removeEventListener("abort", abort);
    messages.destroy();
    socket.terminate();
  }
  const [code, reason] = (await closed) as [number?, Buffer?];
  if (code === ACCESS_ENDED) throw new AccessEnded(`the source: ${String(reason ?? "")}`);
}
