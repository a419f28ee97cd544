import type { Duplex } from "node:stream";
import type { WebSocket } from "ws";

/**
 * Maximum bytes of one WebSocket message from a client that has not logged in. Without this limit, the WebSocket
 * library would buffer an incomplete message up to the maximum size for logged-in clients.
 */
export const LOGIN_BYTES = 16 * 1_024;

/**
 * Limits the size of a WebSocket's messages until its client has logged in. Returns a function that ends the limit.
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
