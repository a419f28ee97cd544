import type { ClientRequest, IncomingMessage } from "node:http";
import { CommonClient, type ICommonWebSocket, WebSocket } from "rpc-websockets";
import type { Clock } from "../clock.ts";
import { proxyAgent } from "../proxy/tunnel.ts";
import { endOfClose, openLink, type RpcSocket } from "./jsonrpc.ts";
import { type TransportOptions, tlsOf } from "./options.ts";
import { optionalRetryAfter, retryAfterHeader } from "./retry-after.ts";
import { ConnectError, type LinkEnd, type Transport } from "./transport.ts";

type Socket = ReturnType<typeof WebSocket>;

export function websocketTransport(options: TransportOptions): Transport {
  return {
    name: "websocket",
    connect: async (events, signal) => openLink(open(options), options, events, signal),
  };
}

function open(options: TransportOptions): RpcSocket {
  const { device, token, clock } = options;
  // A user-id can't have a colon (RFC 7617, 2).
  const byHeader = token !== undefined && !device.includes(":");
  const socketOptions = {
    ...tlsOf(options),
    ...(byHeader ? { headers: { authorization: `Basic ${btoa(`${device}:${token}`)}` } } : {}),
    perMessageDeflate: false,
    handshakeTimeout: options.connectTimeoutMs,
    ...(options.proxy && {
      agent: proxyAgent(options.proxy, isSecure(options.url) ? (tlsOf(options) ?? {}) : undefined),
    }),
  };
  let socket: Socket | undefined;
  let gatewayTime: (() => number) | undefined;
  const client = new CommonClient(
    (address) => {
      socket = WebSocket(address, socketOptions);
      // The library's own factory has this cast too.
      return socket as ICommonWebSocket;
    },
    options.url,
    { autoconnect: false, reconnect: false },
  );
  client.connect();
  const opened = socket as Socket | undefined;
  if (opened === undefined) throw new ConnectError({ kind: "lost", reason: "no socket was made" });
  opened.once("upgrade", ({ headers }: IncomingMessage) => {
    gatewayTime = timeOf(headers.date, clock);
  });
  return {
    client,
    authenticated: byHeader,
    onOpen: (listener) => opened.once("open", listener),
    onReceived(listener) {
      opened.on("message", listener);
      opened.on("ping", listener);
      opened.on("pong", listener);
    },
    ended: endOf(opened, () => clock.now()),
    ping: () => opened.ping(),
    close: () => opened.close(1000),
    cut: () => opened.terminate(),
    gatewayTime: () => gatewayTime?.(),
  };
}

/** The peer's time of day, according to its `Date` header (RFC 9110, 6.6.1). */
function timeOf(date: string | undefined, clock: Clock): (() => number) | undefined {
  const then = Date.parse(date ?? "");
  if (Number.isNaN(then)) return undefined;
  const since = clock.elapsed();
  return () => then + clock.elapsed() - since;
}

/** Resolves with the connection's end and its cause: an HTTP answer, an error or a close code (RFC 6455, 7.4). */
function endOf(socket: Socket, now: () => number): Promise<LinkEnd> {
  let end: LinkEnd | undefined;
  return new Promise((resolve) => {
    socket.on("unexpected-response", (request: ClientRequest, response: IncomingMessage) => {
      const { statusCode = 0, headers } = response;
      const retryAfter = optionalRetryAfter(retryAfterHeader(headers["retry-after"], now()));
      end = { kind: kindOfStatus(statusCode), reason: `the gateway answered HTTP ${statusCode}`, ...retryAfter };
      request.destroy();
      socket.terminate();
    });
    socket.on("error", (error: Error) => {
      end ??= { kind: "lost", reason: error.message };
    });
    socket.on("close", (code: number, data: Buffer) => {
      resolve(end ?? endOfClose(code, data.toString()));
    });
  });
}

function isSecure(url: string): boolean {
  return new URL(url).protocol === "wss:";
}

function kindOfStatus(status: number): LinkEnd["kind"] {
  if (status === 401 || status === 403 || status === 410) return "credentials";
  return status === 429 || status === 503 ? "busy" : "lost";
}
