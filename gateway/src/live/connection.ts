import type { Duplex } from "node:stream";
import { FleetError, isLimited } from "@fleetlog/domain";
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
import type { ViewsHealth } from "../node/cluster/views-health.ts";
import type { LogHealth } from "../node/health/log-health.ts";
import { eventMessage } from "../rpc/answers.ts";
import type { RpcCall } from "../rpc/call.ts";
import { Calls, type CallTarget, type Running } from "../rpc/calls.ts";
import { faultOf, MethodNotFound, type RpcFault } from "../rpc/errors.ts";
import { MessageIntake } from "../rpc/intake.ts";
import { checkedBy, type Params, soleParam } from "../rpc/params.ts";
import { EventSubscriptions } from "../rpc/subscriptions.ts";
import type { HintSources } from "./hint-sources.ts";
import { PersonSocket, type PersonSocketContext, type Viewer } from "./person-socket.ts";
import { type Topic, topicOf } from "./topics.ts";
import { Watches } from "./watches.ts";

export interface FeedConnectionContext extends PersonSocketContext {
  readonly sources: HintSources;
  readonly fleet: Pick<Fleet, "views" | "log">;
  readonly log: Pick<LogHealth, "current" | "onChange">;
  readonly viewsHealth: Pick<ViewsHealth, "current" | "onChange">;
  readonly logger: Logger;
}

/** Rate limit of a browser's calls: a burst for a page that opens, then 50 calls a second. */
const CALLS = { burst: 400, refillMs: 20 };
const MAX_OPEN_CALLS = 16;

const LIST_METHODS = "__listMethods";
const METHOD_NAMES: readonly string[] = [...Object.values(FEED_METHODS), METHODS.subscribe, METHODS.unsubscribe];

const checkUnwatch = checker(Type.Object({ watch: Type.Integer() }), "params");

/** A browser's WebSocket: accepts watches, and sends their hints. */
export class FeedConnection implements CallTarget {
  readonly #context: FeedConnectionContext;
  readonly socket: PersonSocket;
  readonly #calls: Calls;
  readonly #intake: MessageIntake;
  readonly #watches: Watches;
  readonly #rate: TokenBucket;
  readonly #unsubscribes: readonly (() => void)[];
  /** Used only to answer `rpc.on` and `rpc.off`: hints do not depend on it. */
  readonly #subscriptions = new EventSubscriptions();
  #timer: NodeJS.Timeout | undefined;

  constructor(context: FeedConnectionContext, websocket: WebSocket, socket: Duplex, viewer: Viewer) {
    this.#context = context;
    this.#calls = new Calls(this, MAX_OPEN_CALLS);
    this.#rate = new TokenBucket(CALLS, context.clock);
    const receiver = {
      send: (change: FeedChange) => this.#send(FEED_EVENT, change),
      whenReady: () => (this.socket.outbox.full ? this.socket.outbox.drained : undefined),
    };
    this.#watches = new Watches(context.sources, receiver, viewer.person);
    this.#intake = new MessageIntake(websocket, (message) => this.#handle(message));
    const { log, viewsHealth } = context;
    const sendLog = (state: FeedLog) => this.#send(FEED_LOG_EVENT, state);
    const sendViews = (state: FeedViews) => this.#send(FEED_VIEWS_EVENT, state);
    this.#unsubscribes = [log.onChange(sendLog), viewsHealth.onChange(sendViews)];
    this.socket = new PersonSocket(context, websocket, socket, viewer, {
      message: (data) => this.#intake.take(data),
      ended: () => this.#onEnded(),
    });
    sendLog(log.current);
    sendViews(viewsHealth.current);
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
    this.socket.outbox.send(text);
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

  /** After the answer, the browser loads what it shows, so it must get hints about all changes from then on. */
  async #watch(topic: Topic): Promise<WatchAnswer> {
    const watch = await this.#add(topic);
    await this.#context.sources.subscribed();
    return { watch };
  }

  #add(topic: Topic): number | Promise<number> {
    const { person } = this.socket.viewer;
    const { device, action } = topic;
    if (device === undefined || !isLimited(scopeOf(person, action))) return this.#watches.add(topic);
    const allow = (atLeast?: number) =>
      allowOnDevice(this.#context.fleet, personCaller(person, "feed"), action, device, atLeast);
    const isAllowed = (atLeast: number) => allow(atLeast).then(() => true, refusedOr);
    return allow().then(() => this.#watches.add(topic, isAllowed));
  }

  #handle(message: Buffer): Promise<void> | undefined {
    const begun = this.#calls.handle(message);
    if (begun !== undefined) return begun.then(() => this.#settle());
    const wait = this.#rate.take(this.#calls.takeCost());
    return wait === 0 && !this.socket.outbox.full ? undefined : this.#settle(wait);
  }

  async #settle(waitMs = this.#rate.take(this.#calls.takeCost())): Promise<void> {
    if (waitMs > 0) {
      await new Promise<void>((resolve) => {
        this.#timer = setTimeout(resolve, waitMs);
      });
    }
    if (this.socket.outbox.full) await this.socket.outbox.drained;
  }

  #send(name: string, content: FeedChange | FeedLog | FeedViews): void {
    this.socket.outbox.send(eventMessage(name, JSON.stringify(content)));
  }

  #onEnded(): void {
    clearTimeout(this.#timer);
    for (const unsubscribe of this.#unsubscribes) unsubscribe();
    this.#intake.end();
    this.#watches.end();
  }
}

/** False for a refusal. @throws any other error */
function refusedOr(error: unknown): false {
  if (error instanceof FleetError && (error.code === "device-unknown" || error.code === "forbidden")) return false;
  throw error;
}
