import type { ClientRequest, IncomingMessage } from "node:http";
import { COMMAND_CANCELLED_EVENT, COMMAND_EVENT, METHODS } from "@fleetlog/protocol";
import { CommonClient, type ICommonWebSocket, WebSocket } from "rpc-websockets";
import type { Clock } from "../clock.ts";
import { cancelledCommand } from "./cancelled-message.ts";
import { asCommand } from "./command-message.ts";
import { heartbeat } from "./heartbeat.ts";
import type { TransportOptions } from "./options.ts";
import { PendingCalls } from "./pending-calls.ts";
import { optionalRetryAfter, retryAfterHeader, retryAfterText } from "./retry-after.ts";
import {
  ConnectError,
  type Link,
  type LinkEnd,
  type LinkEvents,
  type Outgoing,
  Refusal,
  type Transport,
} from "./transport.ts";
import { withAbort } from "./with-abort.ts";

type Socket = ReturnType<typeof WebSocket>;

/**
 * JSON-RPC with the rpc-websockets client, plus features that this client lacks: every call has a time limit, every
 * call ends with the connection, and a silent peer is detected. The client's reconnecting is off, because the agent
 * reconnects.
 */
export function websocketTransport(options: TransportOptions): Transport {
  return { name: "websocket", connect: (events, signal) => connect(options, events, signal) };
}

async function connect(options: TransportOptions, events: LinkEvents, signal: AbortSignal): Promise<Link> {
  const { device, token, clock } = options;
  // A user-id with a colon can't be sent in the header (RFC 7617, 2); such a device logs in with a call.
  const byHeader = token !== undefined && !device.includes(":");
  const socketOptions = {
    ...options.tls,
    ...(byHeader ? { headers: { authorization: `Basic ${btoa(`${device}:${token}`)}` } } : {}),
    perMessageDeflate: false,
    handshakeTimeout: options.connectTimeoutMs,
  };
  let socket: Socket | undefined;
  let gatewayTime: (() => number) | undefined;
  const client = new CommonClient(
    (address) => {
      socket = WebSocket(address, socketOptions);
      // The library's own factory has this cast too: its interface lacks an overload of ws.
      return socket as ICommonWebSocket;
    },
    options.url,
    { autoconnect: false, reconnect: false },
  );
  client.on(COMMAND_EVENT, (value: unknown) => {
    const command = asCommand(value);
    if (command !== undefined) events.onCommand(command, gatewayTime && Date.parse(command.deadline) - gatewayTime());
  });
  client.on(COMMAND_CANCELLED_EVENT, (value: unknown) => {
    const id = cancelledCommand(value);
    if (id !== undefined) events.onCancelled(id);
  });
  client.connect();
  const opened = socket as Socket | undefined;
  if (opened === undefined) throw new ConnectError({ kind: "lost", reason: "no socket was made" });

  opened.once("upgrade", ({ headers }: IncomingMessage) => {
    gatewayTime = timeOf(headers.date, clock);
  });
  const ended = endOf(opened, () => clock.now());
  const cut = () => opened.terminate();
  const calls = new PendingCalls(clock, options.callTimeoutMs, cut);
  void ended.then((end) => calls.end(end.reason));
  await withAbort(signal, cut, async () => {
    await openingOf(opened, ended);
    if (token === undefined || byHeader) return;
    const loggedIn = calls.run(() => client.call(METHODS.login, { device, token }).catch(rethrow));
    await acceptanceOf(loggedIn, cut);
  });
  const stopHeartbeat = heartbeat(clock, options.heartbeatMs, {
    ping: () => opened.ping(),
    onTimeout: cut,
    onReceived: (listener) => {
      opened.on("message", listener);
      opened.on("ping", listener);
      opened.on("pong", listener);
    },
  });
  void ended.then(stopHeartbeat);

  return {
    window: undefined,
    ended,
    async send(message) {
      const { method, params } = asCall(message);
      await calls.run(() => client.call(method, params).catch(rethrow));
    },
    cut,
    async close() {
      opened.close(1000);
      const stopTimer = clock.after(1_000, cut);
      await ended;
      stopTimer();
    },
  };
}

/**
 * Returns a function for the peer's current time of day, calculated from the `Date` header that the peer sent (RFC
 * 9110, 6.6.1).
 */
function timeOf(date: string | undefined, clock: Clock): (() => number) | undefined {
  const then = Date.parse(date ?? "");
  if (Number.isNaN(then)) return undefined;
  const since = clock.elapsed();
  return () => then + clock.elapsed() - since;
}

function openingOf(socket: Socket, ended: Promise<LinkEnd>): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once("open", resolve);
    void ended.then((end) => reject(new ConnectError(end)));
  });
}

/** Why the socket ended: an HTTP answer instead of an upgrade, an error, or a close code (RFC 6455, 7.4). */
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
      const text = data.toString();
      const reason = `closed with ${code}${text === "" ? "" : `: ${text}`}`;
      resolve(end ?? { kind: kindOfClose(code, text), reason, ...optionalRetryAfter(retryAfterText(text)) });
    });
  });
}

function kindOfStatus(status: number): LinkEnd["kind"] {
  if (status === 401 || status === 403 || status === 410) return "credentials";
  return status === 429 || status === 503 ? "busy" : "lost";
}

function kindOfClose(code: number, reason: string): LinkEnd["kind"] {
  if (/supersed|taken over|take-?over/i.test(reason)) return "superseded";
  // 1008 is a policy violation, 1013 means try again later. 1012 (service restart) is treated like a lost connection.
  if (code === 1008 || /^retired/i.test(reason)) return "credentials";
  return code === 1013 ? "busy" : "lost";
}

function asCall(message: Outgoing): { method: string; params: object } {
  switch (message.kind) {
    case "telemetry": {
      const [first, ...rest] = message.reports;
      return {
        method: METHODS.telemetry,
        params: first !== undefined && rest.length === 0 ? first : [...message.reports],
      };
    }
    case "event":
      return { method: METHODS.event, params: message.report };
    case "profile":
      return { method: METHODS.profile, params: message.profile };
    case "command-progress":
      return { method: METHODS.commandProgress, params: message.progress };
    case "command-result":
      return { method: METHODS.commandResult, params: message.result };
  }
}

/** JSON-RPC error codes after which the same call would fail again; WIRE_ERRORS has the gateway's own codes. */
const PERMANENT = new Set([-32700, -32600, -32601, -32602, -32004, -32009, -32013]);

interface RpcError {
  readonly code: number;
  readonly message: string;
  readonly data?: unknown;
}

function isRpcError(error: unknown): error is RpcError {
  return typeof error === "object" && error !== null && !(error instanceof Error) && "code" in error;
}

function rethrow(error: unknown): never {
  if (!isRpcError(error)) throw error;
  const { code, message, data } = error;
  const retryAfterMs = (data as { retryAfterMs?: unknown } | undefined)?.retryAfterMs;
  const retryAfter = typeof retryAfterMs === "number" ? retryAfterMs : retryAfterText(message);
  throw new Refusal(code, message, { permanent: PERMANENT.has(code), ...optionalRetryAfter(retryAfter) });
}

/** Error codes of log-ins that may succeed later: too many requests, no log, an internal error. */
const TEMPORARY: readonly (string | number)[] = [-32029, -32050, -32057, -32603];

async function acceptanceOf(login: Promise<unknown>, cut: () => void): Promise<void> {
  try {
    await login;
  } catch (error) {
    cut();
    throw new ConnectError(refusedLogin(error), error);
  }
}

function refusedLogin(error: unknown): LinkEnd {
  if (!(error instanceof Refusal)) return { kind: "lost", reason: String(error) };
  const kind = TEMPORARY.includes(error.code) ? "busy" : "credentials";
  return { kind, reason: `log-in refused: ${error.message}`, ...optionalRetryAfter(error.retryAfterMs) };
}
