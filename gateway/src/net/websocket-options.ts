import type { ServerOptions } from "ws";

const CLOSE_TIMEOUT_MS = 3_000;
/** Low, because neither Fleetlog's agent nor rpc-websockets fragments messages. */
const MAX_FRAGMENTS = 256;

/** Options that the types of `ws` lack. */
interface Options extends ServerOptions {
  readonly maxFragments: number;
  readonly maxBufferedChunks: number;
  readonly closeTimeout: number;
}

/** Options for WebSockets that need little memory; upgrades are routed by path elsewhere. */
export function serverOptions(payloadBytes: number): Options {
  return {
    noServer: true,
    clientTracking: false,
    // The connection sends pongs itself, and only while the peer reads.
    autoPong: false,
    // A compressor for each of a hundred thousand idle devices would use more memory than everything else together.
    perMessageDeflate: false,
    maxPayload: payloadBytes,
    maxFragments: MAX_FRAGMENTS,
    // Limits the overhead of a message that arrives in many tiny pieces.
    maxBufferedChunks: 64 + Math.ceil(payloadBytes / 256),
    closeTimeout: CLOSE_TIMEOUT_MS,
  };
}
