import type { Duplex } from "node:stream";
import type { WebSocket } from "ws";

/**
 * Bytes of one WebSocket message that a client may send before it has logged in. The WebSocket library allows every message
 * its full size, and keeps the part of it that has come.
 */
export const LOGIN_BYTES = 16 * 1_024;

/**
 * Watches a WebSocket until its client has logged in.
 * @param socket the stream below the WebSocket
 * @param isLimited false once the client has logged in, or while a log-in is checked
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
