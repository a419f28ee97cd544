import { encodeToken } from "@fleetlog/domain";
import { HEARTBEAT_INTERVAL_MS, type Heartbeat, heartbeatSubject } from "@fleetlog/protocol";
import { lagGauges } from "../../metrics/log.ts";
import type { Core } from "../core.ts";
import type { NodePart } from "../parts.ts";
import { Heartbeats } from "./heartbeats.ts";
import { PeerClocks } from "./peer-clocks.ts";
import { ViewsHealth } from "./views-health.ts";

export interface HeartbeatsPart extends NodePart {
  readonly heartbeats: Heartbeats;
  readonly peerClocks: PeerClocks;
  readonly views: ViewsHealth;
}

export function heartbeatsPart({ name, backbone, clock, logger }: Core, clockWarnMs: number): HeartbeatsPart {
  const peerClocks = new PeerClocks(name, clockWarnMs, logger);
  const heartbeats = new Heartbeats(backbone.bus, clock, peerClocks);
  const views = new ViewsHealth(heartbeats, clock);
  return {
    name: "heartbeats",
    heartbeats,
    peerClocks,
    views,
    metrics: lagGauges(() => heartbeats.current()),
    start() {
      heartbeats.start();
      views.start();
    },
    stop() {
      views.stop();
      heartbeats.stop();
    },
  };
}

export function ownHeartbeatPart({ backbone: { bus } }: Core, current: () => Heartbeat): NodePart {
  let timer: NodeJS.Timeout | undefined;
  const publish = () => {
    const heartbeat = current();
    bus.publish(heartbeatSubject(heartbeat.kind, encodeToken(heartbeat.id)), heartbeat);
  };
  return {
    name: "own heartbeat",
    start() {
      timer = setInterval(publish, HEARTBEAT_INTERVAL_MS);
      publish();
    },
    stop: () => clearInterval(timer),
  };
}
