import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { FleetError } from "@fleetlog/domain";
import { REPLAY_PATH } from "@fleetlog/protocol";
import type { Logger } from "pino";
import { planOf } from "../http/resources/history/replays/id.ts";
import { type ReplayFleet, requireReplayAccess } from "../http/resources/history/replays/request.ts";
import { type AdmissionContext, admitPerson } from "../live/admit.ts";
import type { Endpoint } from "../net/endpoint.ts";
import { pathOf, type Upgradable } from "../net/upgrades.ts";
import { Heartbeat } from "../rpc/heartbeat.ts";
import { busy, UpgradeServer } from "../rpc/upgrade-server.ts";
import { ReplayConnection, type ReplayViewer } from "./connection.ts";

export interface ReplaysContext extends AdmissionContext {
  readonly fleet: ReplayFleet;
  readonly logger: Logger;
  readonly clock: () => number;
  readonly limits: {
    /** Maximum of all people together. */
    readonly connections: number;
    readonly ofPerson: number;
    readonly pingMs: number;
    /** @see ReplayConnectionContext.idleMs */
    readonly idleMs: number;
  };
}

/** WebSockets with replays of the history. */
export interface Replays extends Endpoint, Upgradable {
  /** Closes replays whose access has ended. @param person default: all people */
  revalidate(person?: string): void;
}

const MESSAGE_BYTES = 4 * 1_024;
const ID = /^\/api\/history\/replays\/([^/]+)\/stream$/;

export function createReplays(context: ReplaysContext): Replays {
  const { limits, logger, clock, fleet } = context;
  const heartbeat = new Heartbeat(limits.pingMs);
  const shared = { fleet, logger, clock, heartbeat, idleMs: limits.idleMs };

  async function admit(request: IncomingMessage): Promise<ReplayViewer> {
    if (upgrades.connections.size + upgrades.admitting > limits.connections) throw busy("too many replays are open");
    const [, id = ""] = ID.exec(pathOf(request)) ?? [];
    const viewer = await admitPerson(request, context, "history.read", `GET ${REPLAY_PATH}`, async ({ person }) => {
      const own = [...upgrades.connections].filter(({ socket }) => socket.viewer.person.id === person.id).length;
      await requireReplayAccess(fleet, person, planOf(id));
      if (own < limits.ofPerson) return;
      throw new FleetError("limit-reached", `a person has at most ${limits.ofPerson} replays open at a node`, {
        advice: "Close one that is not needed any more.",
      });
    });
    return { ...viewer, plan: planOf(id) };
  }

  const upgrades: UpgradeServer<ReplayViewer, ReplayConnection> = new UpgradeServer({
    messageBytes: MESSAGE_BYTES,
    logger,
    admit,
    open: (websocket, socket, viewer: ReplayViewer) => new ReplayConnection(shared, websocket, socket, viewer),
  });

  return {
    get connections() {
      return upgrades.connections.size;
    },
    upgrade: (request: IncomingMessage, socket: Duplex, head: Buffer) => upgrades.upgrade(request, socket, head),
    revalidate(person?: string) {
      for (const { socket } of upgrades.connections)
        if (person === undefined || socket.isOf(person)) socket.revalidate();
    },
    close: () =>
      upgrades.close(async (connections) => {
        await Promise.all([...connections].map(({ socket }) => socket.closeForStop()));
        heartbeat.stop();
      }),
  };
}
