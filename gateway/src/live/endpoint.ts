import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { type ErrorCode, FleetError, type StreamName } from "@fleetlog/domain";
import type { Fleet } from "@fleetlog/fleet";
import { PersonTokens } from "@fleetlog/identity";
import type { Bus } from "@fleetlog/log";
import { FEED_PATH } from "@fleetlog/protocol";
import type { Logger } from "pino";
import {
  type Authenticators,
  authenticate,
  bearerToken,
  requireSameOrigin,
  unauthenticated,
} from "../http/access/authenticate.ts";
import type { Endpoint } from "../net/endpoint.ts";
import type { Upgradable } from "../net/upgrades.ts";
import type { LogHealth } from "../node/log-health.ts";
import type { ViewsHealth } from "../node/views-health.ts";
import type { Refusals } from "../refusals/recorder.ts";
import { Heartbeat } from "../rpc/heartbeat.ts";
import { busy, UpgradeServer } from "../rpc/upgrade-server.ts";
import { FeedConnection, type FeedConnectionContext, type Viewer } from "./connection.ts";
import { Sources } from "./sources.ts";

export interface FeedContext {
  readonly bus: Bus;
  readonly fleet: Pick<Fleet, "log" | "views">;
  readonly log: Pick<LogHealth, "current" | "onChange">;
  readonly viewsHealth: Pick<ViewsHealth, "current" | "onChange">;
  readonly authenticators: Authenticators;
  readonly refusals: Pick<Refusals, "call">;
  readonly logger: Logger;
  readonly clock: () => number;
  readonly limits: {
    readonly connections: number;
    readonly pingMs: number;
  };
}

/** The live feed: sends hints about changes to browsers, over JSON-RPC. */
export interface Feed extends Endpoint, Upgradable {
  /** @param stream default FLEET */
  notifiedSeq(stream?: StreamName): number;
  /** Closes feeds whose access has ended. @param person default: all people */
  revalidate(person?: string): void;
}

/** Enough for a watch of 500 rows. */
const MESSAGE_BYTES = 128 * 1024;

const REFUSALS: ReadonlySet<ErrorCode> = new Set(["unauthenticated", "forbidden", "rate-limited"]);

export function createFeed(context: FeedContext): Feed {
  return new FeedEndpoint(context);
}

class FeedEndpoint implements Feed {
  readonly #context: FeedContext;
  readonly #sources: Sources;
  readonly #heartbeat: Heartbeat;
  readonly #upgrades: UpgradeServer<Viewer, FeedConnection>;

  constructor(context: FeedContext) {
    this.#context = context;
    const { bus, fleet, log, viewsHealth, logger, clock, limits } = context;
    this.#sources = new Sources(bus, fleet.log, log);
    this.#heartbeat = new Heartbeat(limits.pingMs);
    const shared: FeedConnectionContext = {
      sources: this.#sources,
      fleet,
      log,
      viewsHealth,
      heartbeat: this.#heartbeat,
      logger,
      clock,
    };
    this.#upgrades = new UpgradeServer({
      messageBytes: MESSAGE_BYTES,
      logger,
      admit: (request) =>
        this.#admit(request).catch((error: unknown) => {
          this.#refused(request, error);
          throw error;
        }),
      open: (websocket, socket, viewer) => new FeedConnection(shared, websocket, socket, viewer),
    });
  }

  get connections(): number {
    return this.#upgrades.connections.size;
  }

  notifiedSeq(stream?: StreamName): number {
    return this.#sources.notifiedSeq(stream);
  }

  revalidate(person?: string): void {
    for (const connection of this.#upgrades.connections)
      if (person === undefined || connection.isOf(person)) connection.revalidate();
  }

  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    this.#upgrades.upgrade(request, socket, head);
  }

  close(): Promise<void> {
    return this.#upgrades.close(async (connections) => {
      await Promise.all([...connections].map((connection) => connection.closeForStop()));
      this.#heartbeat.stop();
      this.#sources.stop();
    });
  }

  #refused(request: IncomingMessage, error: unknown): void {
    if (!(error instanceof FleetError) || !REFUSALS.has(error.code)) return;
    const { authenticators, refusals } = this.#context;
    const { address } = authenticators.findClient(request);
    refusals.call({ action: "session.begin", call: `GET ${FEED_PATH}`, code: error.code, address });
  }

  async #admit(request: IncomingMessage): Promise<Viewer> {
    const { limits, authenticators } = this.#context;
    if (this.connections + this.#upgrades.admitting > limits.connections) throw busy("too many browsers are connected");
    const viewer = await authenticate(request, authenticators);
    if (viewer === undefined) throw unauthenticated();
    // A page of any origin may open a WebSocket with the cookie (RFC 6455, 10.2).
    if (viewer.by === "cookie") requireSameOrigin(request, authenticators);
    const token = bearerToken(request.headers);
    if (token === undefined || !PersonTokens.isAccessToken(token)) return viewer;
    return { ...viewer, until: (await authenticators.personTokens.untilOf(token)) ?? 0 };
  }
}
