import type { Duplex } from "node:stream";
import type { WebSocket } from "ws";

/**
 * Maximum bytes of a WebSocket message from a client that has not logged in. The WebSocket library alone would buffer
 * up to the maximum of a logged-in client.
 */
export const LOGIN_BYTES = 16 * 1_024;

/**
 * Limits the size of a WebSocket's messages before the log-in. Returns a function that ends the limit.
 * @param socket the stream below the WebSocket
 * @param isLimited whether the limit applies now
 * @param onExceeded called once; must close the connection
 */
export function limitLoginBytes(
  websocket: WebSocket,
  socket: Duplex,
  isLimited: () => boolean,
  onExceeded: () => void,
): () => void {
  let bytes = 0;
  const counted = (chunk: Buffer) => {
    if (!isLimited()) return;
    bytes += chunk.length;
    if (bytes <= LOGIN_BYTES) return;
    stop();
    onExceeded();
  };
  const complete = () => {
    bytes = 0;
  };
  const stop = () => {
    socket.off("data", counted);
    websocket.off("message", complete);
  };
  socket.on("data", counted);
  websocket.on("message", complete);
  return stop;
}
