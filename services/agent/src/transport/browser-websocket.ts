import { CommonClient, type ICommonWebSocket } from "rpc-websockets";
import { endOfClose, openLink, type RpcSocket } from "./jsonrpc.ts";
import type { TransportOptions } from "./options.ts";
import type { LinkEnd, Transport } from "./transport.ts";

/** The WebSocket of browsers sends no headers and no pings, so the device logs in and pings with calls. */
export function browserWebsocketTransport(options: TransportOptions): Transport {
  return {
    name: "websocket",
    connect: async (events, signal) => openLink(open(options), options, events, signal),
  };
}

function open({ url, clock, connectTimeoutMs }: TransportOptions): RpcSocket {
  const socket = new globalThis.WebSocket(url);
  const { promise: ended, resolve } = withResolvers<LinkEnd>();
  const cut = (reason = "cut"): void => {
    // The browser may wait long for the peer's close frame.
    socket.close();
    resolve({ kind: "lost", reason });
  };
  socket.addEventListener("close", ({ code, reason }) => resolve(endOfClose(code, reason)));
  const stopTimer = clock.after(connectTimeoutMs, () => cut(`not open within ${connectTimeoutMs} ms`));
  socket.addEventListener("open", stopTimer);
  void ended.then(stopTimer);
  const client = new CommonClient(() => asCommon(socket), url, { autoconnect: false, reconnect: false });
  client.connect();
  return {
    client,
    authenticated: false,
    onOpen: (listener) => socket.addEventListener("open", listener),
    onReceived: (listener) => socket.addEventListener("message", listener),
    ended,
    ping: () => void client.listMethods().catch(() => {}),
    close: () => socket.close(1000),
    cut: () => cut(),
    gatewayTime: () => undefined,
  };
}

function asCommon(socket: globalThis.WebSocket): ICommonWebSocket {
  const common = {
    send(data: string, options: unknown, callback?: (error?: unknown) => void) {
      const done = callback ?? (options as (error?: unknown) => void);
      try {
        socket.send(data);
        done();
      } catch (error) {
        done(error);
      }
    },
    close: (code?: number, reason?: string) => socket.close(code, reason),
    addEventListener: socket.addEventListener.bind(socket),
  };
  return common as unknown as ICommonWebSocket;
}

/** Older browsers lack Promise.withResolvers. */
function withResolvers<T>(): { readonly promise: Promise<T>; readonly resolve: (value: T) => void } {
  let resolve: (value: T) => void = () => {};
  const promise = new Promise<T>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}
