import type { ServerOptions } from "ws";

const CLOSE_TIMEOUT_MS = 3_000;
/** No client of ours or of rpc-websockets fragments its messages. */
const MAX_FRAGMENTS = 256;

/** The types of `ws` do not know all of its options. */
interface Options extends ServerOptions {
  readonly maxFragments: number;
  readonly maxBufferedChunks: number;
  readonly closeTimeout: number;
}

/** WebSockets that need little memory, for messages up to a size; upgrades are routed by path before. */
export function serverOptions(payloadBytes: number): Options {
  return {
    noServer: true,
    clientTracking: false,
    // Pongs are sent by the connection, which knows whether the peer reads them.
    autoPong: false,
    // A compressor for each of a hundred thousand idle devices would cost more memory than all else together.
    perMessageDeflate: false,
    maxPayload: payloadBytes,
    maxFragments: MAX_FRAGMENTS,
    // A message that arrives in smaller pieces than any network makes costs more than its bytes.
    maxBufferedChunks: 64 + Math.ceil(payloadBytes / 256),
    closeTimeout: CLOSE_TIMEOUT_MS,
  };
}
