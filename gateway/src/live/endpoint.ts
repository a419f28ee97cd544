import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import type { StreamName } from "@fleetlog/domain";
import type { Fleet } from "@fleetlog/fleet";
import type { Bus } from "@fleetlog/log";
import { FEED_PATH } from "@fleetlog/protocol";
import type { Logger } from "pino";
import type { Endpoint } from "../net/endpoint.ts";
import type { Upgradable } from "../net/upgrades.ts";
import type { ViewsHealth } from "../node/cluster/views-health.ts";
import type { LogHealth } from "../node/health/log-health.ts";
import { Heartbeat } from "../rpc/heartbeat.ts";
import { busy, UpgradeServer } from "../rpc/upgrade-server.ts";
import { type AdmissionContext, admitPerson } from "./admit.ts";
import { FeedConnection, type FeedConnectionContext } from "./connection.ts";
import { HintSources } from "./hint-sources.ts";
import type { Viewer } from "./person-socket.ts";

export interface FeedContext extends AdmissionContext {
  readonly bus: Bus;
  readonly fleet: Pick<Fleet, "log" | "views">;
  readonly log: Pick<LogHealth, "current" | "onChange">;
  readonly viewsHealth: Pick<ViewsHealth, "current" | "onChange">;
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

/** Maximum bytes of a browser's message: enough for a watch of 500 rows. */
const MESSAGE_BYTES = 128 * 1024;

export function createFeed(context: FeedContext): Feed {
  return new FeedEndpoint(context);
}

class FeedEndpoint implements Feed {
  readonly #sources: HintSources;
  readonly #heartbeat: Heartbeat;
  readonly #upgrades: UpgradeServer<Viewer, FeedConnection>;

  constructor(context: FeedContext) {
    const { bus, fleet, log, viewsHealth, logger, clock, limits } = context;
    this.#sources = new HintSources(bus, fleet.log, log);
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
      admit: (request) => {
        if (this.connections + this.#upgrades.admitting > limits.connections)
          throw busy("too many browsers are connected");
        return admitPerson(request, context, "session.begin", `GET ${FEED_PATH}`);
      },
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
      if (person === undefined || connection.socket.isOf(person)) connection.socket.revalidate();
  }

  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    this.#upgrades.upgrade(request, socket, head);
  }

  close(): Promise<void> {
    return this.#upgrades.close(async (connections) => {
      await Promise.all([...connections].map((connection) => connection.socket.closeForStop()));
      this.#heartbeat.stop();
      this.#sources.stop();
    });
  }
}
