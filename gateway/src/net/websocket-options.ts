import type { ServerOptions } from "ws";
import { explainedWebSocket } from "./explained-websocket.ts";

const CLOSE_TIMEOUT_MS = 3_000;
/**
 * Maximum number of a message's fragments. It is low, because Fleetlog's agent and rpc-websockets send no fragments.
 */
const MAX_FRAGMENTS = 256;

/** The options of `ws`, with those that its types lack. */
interface Options extends ServerOptions {
  readonly maxFragments: number;
  readonly maxBufferedChunks: number;
  readonly closeTimeout: number;
}

export function serverOptions(payloadBytes: number): Options {
  return {
    noServer: true,
    WebSocket: explainedWebSocket(payloadBytes),
    clientTracking: false,
    // The connection sends pongs itself, only while the peer reads.
    autoPong: false,
    // Compressors for 100,000 idle devices would use more memory than everything else together.
    perMessageDeflate: false,
    maxPayload: payloadBytes,
    maxFragments: MAX_FRAGMENTS,
    // Bounds the overhead of a message in many small pieces.
    maxBufferedChunks: 64 + Math.ceil(payloadBytes / 256),
    closeTimeout: CLOSE_TIMEOUT_MS,
  };
}
