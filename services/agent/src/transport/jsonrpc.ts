import { COMMAND_CANCELLED_EVENT, COMMAND_EVENT, CONFIGURATION_EVENT, METHODS } from "@fleetlog/protocol";
import type { CommonClient } from "rpc-websockets";
import { cancelledCommand, signatureIn } from "./cancelled-message.ts";
import { asRenewed } from "./certificate-message.ts";
import { asCommand } from "./command-message.ts";
import { asConfiguration } from "./configuration-message.ts";
import { heartbeat } from "./heartbeat.ts";
import type { TransportOptions } from "./options.ts";
import { PendingCalls } from "./pending-calls.ts";
import { optionalRetryAfter, retryAfterText } from "./retry-after.ts";
import { ConnectError, type Link, type LinkEnd, type LinkEvents, type Outgoing, Refusal } from "./transport.ts";
import { withAbort } from "./with-abort.ts";

/** An opening WebSocket with its client. */
export interface RpcSocket {
  readonly client: CommonClient;
  /** Whether the opening request has the credentials. */
  readonly authenticated: boolean;
  onOpen(listener: () => void): void;
  onReceived(listener: () => void): void;
  readonly ended: Promise<LinkEnd>;
  ping(): void;
  close(): void;
  cut(): void;
  /** The peer's time of day, if known. */
  gatewayTime(): number | undefined;
}

/** Adds to the rpc-websockets client: time limits, calls that end with the connection, and a heartbeat. */
export async function openLink(
  socket: RpcSocket,
  options: TransportOptions,
  events: LinkEvents,
  signal: AbortSignal,
): Promise<Link> {
  const { device, token, clock } = options;
  const { client, ended } = socket;
  const cut = () => socket.cut();
  client.on(COMMAND_EVENT, (value: unknown) => {
    const command = asCommand(value);
    if (command === undefined) return;
    const now = socket.gatewayTime();
    events.onCommand(command, now === undefined ? undefined : Date.parse(command.deadline) - now);
  });
  client.on(COMMAND_CANCELLED_EVENT, (value: unknown) => {
    const id = cancelledCommand(value);
    if (id !== undefined) events.onCancelled(id, signatureIn(value));
  });
  client.on(CONFIGURATION_EVENT, (value: unknown) => {
    const configuration = asConfiguration(value);
    if (configuration !== undefined) events.onConfiguration?.(configuration);
  });
  const calls = new PendingCalls(clock, options.callTimeoutMs, cut);
  void ended.then((end) => calls.end(end.reason));
  await withAbort(signal, cut, async () => {
    await openingOf(socket);
    if (token !== undefined && !socket.authenticated) {
      const loggedIn = calls.run(() => client.call(METHODS.login, { device, token }).catch(rethrow));
      await acceptanceOf(loggedIn, cut);
    }
    if (events.onConfiguration === undefined) return;
    const subscribed = calls.run(() => client.call(METHODS.subscribe, [CONFIGURATION_EVENT]));
    await subscribed.catch((error: unknown) => notSubscribed(error, cut));
  });
  const stopHeartbeat = heartbeat(clock, options.heartbeatMs, {
    ping: () => socket.ping(),
    onTimeout: cut,
    onReceived: (listener) => socket.onReceived(listener),
  });
  void ended.then(stopHeartbeat);

  return {
    window: undefined,
    ended,
    async send(message) {
      const { method, params } = asCall(message);
      await calls.run(() => client.call(method, params).catch(rethrow));
    },
    renew: (csr) => calls.run(() => client.call(METHODS.certificateRenew, { csr }).then(asRenewed, rethrow)),
    cut,
    async close() {
      socket.close();
      const stopTimer = clock.after(1_000, cut);
      await ended;
      stopTimer();
    },
  };
}

function openingOf(socket: RpcSocket): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.onOpen(resolve);
    void socket.ended.then((end) => reject(new ConnectError(end)));
  });
}

/** RFC 6455, 7.4. */
export function endOfClose(code: number, text: string): LinkEnd {
  const reason = `closed with ${code}${text === "" ? "" : `: ${text}`}`;
  return { kind: kindOfClose(code, text), reason, ...optionalRetryAfter(retryAfterText(text)) };
}

function kindOfClose(code: number, reason: string): LinkEnd["kind"] {
  if (/supersed|taken over|take-?over/i.test(reason)) return "superseded";
  // 1008: policy violation; 1013: try again later. 1012 (service restart) is a lost connection.
  if (code === 1008 || /^retired/i.test(reason)) return "credentials";
  return code === 1013 ? "busy" : "lost";
}

function notSubscribed(error: unknown, cut: () => void): never {
  cut();
  throw new ConnectError({ kind: "lost", reason: `not subscribed to the configuration: ${String(error)}` }, error);
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
    case "configuration":
      return { method: METHODS.configurationReported, params: message.report };
    case "command-result":
      return { method: METHODS.commandResult, params: message.result };
  }
}

/** After these codes, the same call would fail again. WIRE_ERRORS has the gateway's own codes. */
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

/** After these codes, a later log-in may succeed: too many requests, no log, an internal error. */
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
