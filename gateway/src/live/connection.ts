import type { Duplex } from "node:stream";
import { FleetError, isLimited, sameJson } from "@fleetlog/domain";
import { allowOnDevice, type Fleet, personCaller } from "@fleetlog/fleet";
import { scopeOf } from "@fleetlog/identity";
import {
  checker,
  FEED_EVENT,
  FEED_LOG_EVENT,
  FEED_METHODS,
  FEED_VIEWS_EVENT,
  type FeedChange,
  type FeedLog,
  type FeedViews,
  METHODS,
  type WatchAnswer,
} from "@fleetlog/protocol";
import { TokenBucket } from "@fleetlog/runtime";
import type { Logger } from "pino";
import Type from "typebox";
import type { WebSocket } from "ws";
import type { Authenticated } from "../http/access/authenticate.ts";
import { CLOSE } from "../net/end-codes.ts";
import { retryAfterMs, seconds } from "../net/retry-after.ts";
import type { LogHealth } from "../node/log-health.ts";
import type { ViewsHealth } from "../node/views-health.ts";
import { eventMessage } from "../rpc/answers.ts";
import type { RpcCall } from "../rpc/call.ts";
import { Calls, type CallTarget, type Running } from "../rpc/calls.ts";
import { type Close, fitting } from "../rpc/closing.ts";
import { faultOf, MethodNotFound, type RpcFault } from "../rpc/errors.ts";
import type { Heartbeat, HeartbeatTarget } from "../rpc/heartbeat.ts";
import { MessageIntake } from "../rpc/intake.ts";
import { Outbox } from "../rpc/outbox.ts";
import { checkedBy, type Params, soleParam } from "../rpc/params.ts";
import { EventSubscriptions } from "../rpc/subscriptions.ts";
import type { Sources } from "./sources.ts";
import { type Topic, topicOf } from "./topics.ts";
import { Watches } from "./watches.ts";

export interface FeedConnectionContext {
  readonly sources: Sources;
  readonly fleet: Pick<Fleet, "views" | "log">;
  readonly log: Pick<LogHealth, "current" | "onChange">;
  readonly viewsHealth: Pick<ViewsHealth, "current" | "onChange">;
  readonly heartbeat: Heartbeat;
  readonly logger: Logger;
  readonly clock: () => number;
}

/** A burst for a page that opens, then 50 calls a second. */
const CALLS = { burst: 400, refillMs: 20 };
const MAX_OPEN_CALLS = 16;
/** Ping intervals without data from the browser, after which it is disconnected. */
const MAX_SILENT_INTERVALS = 2;

/** Node's maximum for a timer. */
const MAX_TIMEOUT_MS = 2 ** 31 - 1;

const LIST_METHODS = "__listMethods";
const METHOD_NAMES: readonly string[] = [...Object.values(FEED_METHODS), METHODS.subscribe, METHODS.unsubscribe];

const checkUnwatch = checker(Type.Object({ watch: Type.Integer() }), "params");

export interface Viewer extends Pick<Authenticated, "person" | "revalidate"> {
  /** When the access token ends, in milliseconds since the epoch. */
  readonly until?: number;
}

/** A browser's WebSocket: accepts watches, and sends their hints. */
export class FeedConnection implements CallTarget, HeartbeatTarget {
  readonly #context: FeedConnectionContext;
  readonly #websocket: WebSocket;
  readonly #outbox: Outbox;
  readonly #calls: Calls;
  readonly #intake: MessageIntake;
  readonly #watches: Watches;
  readonly #rate: TokenBucket;
  readonly #slot: number;
  readonly #unsubscribes: readonly (() => void)[];
  readonly #viewer: Viewer;
  /** For the answers to `rpc.on` and `rpc.off`, without effect on hints. */
  readonly #subscriptions = new EventSubscriptions();
  #timer: NodeJS.Timeout | undefined;
  #expiry: NodeJS.Timeout | undefined;
  #silentIntervals = 0;
  #ending = false;

  constructor(context: FeedConnectionContext, websocket: WebSocket, socket: Duplex, viewer: Viewer) {
    this.#context = context;
    this.#websocket = websocket;
    this.#viewer = viewer;
    this.#outbox = new Outbox(websocket, socket);
    this.#calls = new Calls(this, MAX_OPEN_CALLS);
    this.#rate = new TokenBucket(CALLS, context.clock);
    const receiver = {
      send: (change: FeedChange) => this.#outbox.send(eventMessage(FEED_EVENT, JSON.stringify(change))),
      blocked: () => (this.#outbox.full ? this.#outbox.drained : undefined),
    };
    this.#watches = new Watches(context.sources, receiver, viewer.person);
    this.#intake = new MessageIntake(websocket, (message) => this.#handle(message));
    this.#slot = context.heartbeat.add(this);
    const { log, viewsHealth } = context;
    const sendLog = (state: FeedLog) => this.#outbox.send(eventMessage(FEED_LOG_EVENT, JSON.stringify(state)));
    const sendViews = (state: FeedViews) => this.#outbox.send(eventMessage(FEED_VIEWS_EVENT, JSON.stringify(state)));
    sendLog(log.current);
    sendViews(viewsHealth.current);
    this.#unsubscribes = [log.onChange(sendLog), viewsHealth.onChange(sendViews)];
    websocket.on("message", (data: Buffer) => {
      this.#silentIntervals = 0;
      this.#intake.take(data);
    });
    websocket.on("ping", (data: Buffer) => {
      if (!this.#outbox.full) websocket.pong(data);
    });
    websocket.on("pong", () => {
      this.#silentIntervals = 0;
    });
    // `close` follows every error.
    websocket.on("error", () => {});
    websocket.on("close", () => this.#onClosed());
    this.#watchExpiry();
  }

  /** Resolves when the connection is closed. */
  async closeForStop(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#websocket.once("close", () => resolve()));
    this.#close({ code: CLOSE.restart, text: `this node stops; retry after ${seconds(retryAfterMs())} s` });
    await closed;
  }

  // HeartbeatTarget

  checkAlive(): void {
    if (this.#ending) return;
    if (this.#silentIntervals >= MAX_SILENT_INTERVALS) {
      this.#close({ code: undefined, text: "silent for too long" });
      return;
    }
    this.#silentIntervals++;
    if (!this.#outbox.full) this.#websocket.ping();
    this.revalidate();
  }

  isOf(person: string): boolean {
    const { id, apiKey } = this.#viewer.person;
    return id === person || apiKey?.owner === person;
  }

  revalidate(): void {
    this.#viewer.revalidate().then(
      (person) => {
        if (person === undefined || !sameJson(person, this.#viewer.person))
          this.#close({ code: CLOSE.policy, text: "signed out" });
      },
      // While the store is unavailable, the next interval tries again.
      () => {},
    );
  }

  #watchExpiry(): void {
    const until = this.#viewer.until ?? this.#viewer.person.apiKey?.until;
    if (until === undefined || this.#ending) return;
    const left = until - this.#context.clock();
    if (left <= 0) this.#close({ code: CLOSE.policy, text: "signed out" });
    else this.#expiry = setTimeout(() => this.#watchExpiry(), Math.min(left, MAX_TIMEOUT_MS));
  }

  // CallTarget

  run({ method, params }: RpcCall): Running {
    return { events: 0, result: this.#result(method, params) };
  }

  fault(error: unknown): RpcFault {
    const fault = faultOf(error);
    if (fault.data.code === "internal") this.#context.logger.error({ err: error }, "a call of the feed failed");
    return fault;
  }

  answer(text: string): void {
    this.#outbox.send(text);
  }

  #result(method: string, params: Params): unknown {
    switch (method) {
      case FEED_METHODS.watch:
        return this.#watch(topicOf(soleParam(params)));
      case FEED_METHODS.unwatch:
        return this.#watches.remove(checkedBy(checkUnwatch, soleParam(params)).watch);
      case METHODS.subscribe:
        return this.#subscriptions.add(params).outcome;
      case METHODS.unsubscribe:
        return this.#subscriptions.remove(params);
      case LIST_METHODS:
        return METHOD_NAMES;
      default:
        throw new MethodNotFound(METHOD_NAMES);
    }
  }

  #watch(topic: Topic): WatchAnswer | Promise<WatchAnswer> {
    const { person } = this.#viewer;
    const { device, action } = topic;
    if (device === undefined || !isLimited(scopeOf(person, action))) return { watch: this.#watches.add(topic) };
    const allow = (atLeast?: number) =>
      allowOnDevice(this.#context.fleet, personCaller(person, "feed"), action, device, atLeast);
    const isAllowed = (atLeast: number) => allow(atLeast).then(() => true, refusedOr);
    return allow().then(() => ({ watch: this.#watches.add(topic, isAllowed) }));
  }

  #handle(message: Buffer): Promise<void> | undefined {
    const begun = this.#calls.handle(message);
    if (begun !== undefined) return begun.then(() => this.#settle());
    const wait = this.#rate.take(this.#calls.takeCost());
    return wait === 0 && !this.#outbox.full ? undefined : this.#settle(wait);
  }

  async #settle(waitMs = this.#rate.take(this.#calls.takeCost())): Promise<void> {
    if (waitMs > 0) {
      await new Promise<void>((resolve) => {
        this.#timer = setTimeout(resolve, waitMs);
      });
    }
    if (this.#outbox.full) await this.#outbox.drained;
  }

  #onClosed(): void {
    this.#ending = true;
    clearTimeout(this.#timer);
    clearTimeout(this.#expiry);
    for (const unsubscribe of this.#unsubscribes) unsubscribe();
    this.#context.heartbeat.remove(this, this.#slot);
    this.#intake.end();
    this.#watches.end();
  }

  #close({ code, text }: Close): void {
    if (this.#ending) return;
    this.#ending = true;
    this.#intake.end();
    this.#watches.end();
    if (code === undefined) {
      this.#websocket.terminate();
      return;
    }
    // The peer's close frame must be read.
    this.#websocket.resume();
    this.#websocket.close(code, fitting(text));
  }
}

/** False for a refusal. @throws any other error */
function refusedOr(error: unknown): false {
  if (error instanceof FleetError && (error.code === "device-unknown" || error.code === "forbidden")) return false;
  throw error;
}
