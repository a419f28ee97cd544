import type { SystemResource } from "../data/system.ts";
import { duration } from "./times.ts";

/** Something that an operator should look at. */
export interface Concern {
  readonly tone: "danger" | "warning";
  readonly text: string;
  /** What it means, and what to do. */
  readonly advice: string;
  /** The gateway that it is about. */
  readonly gateway?: string;
}

/** From this share on a stream is loud. */
export const FULL = 0.8;
/** A view that is so many events behind makes what is shown old. */
const LAG = 1_000;
/** A gateway renews its lease when two thirds are left; with less than this it has failed to once. */
const LEAST_LEFT = 0.4;
/** A gateway that was lost longer ago is history. */
const LOST_MS = 3_600_000;

/** What is wrong with the system, or soon will be; the worst first. */
export function concernsOf(system: SystemResource, now: number): readonly Concern[] {
  const found = [...gateways(system, now), ...projectors(system), ...reactors(system), ...streams(system)];
  return [...found.filter(({ tone }) => tone === "danger"), ...found.filter(({ tone }) => tone === "warning")];
}

function gateways({ gateways }: SystemResource, now: number): Concern[] {
  const concerns: Concern[] = [];
  const running = gateways.filter(({ status }) => status === "running");
  if (running.length === 0)
    concerns.push(danger("No gateway is known to run", "Devices may be unable to connect. Start one with npm start."));
  for (const { name, status, since, live } of gateways) {
    const ago = now - Date.parse(since);
    if (status === "lost" && ago < LOST_MS) {
      const text = `${name} was lost ${duration(Math.max(0, ago))} ago`;
      const advice =
        "Its lease lapsed; its sessions were ended and its devices connect anew. Look at its host and its log.";
      concerns.push({ ...warning(text, advice), gateway: name });
    }
    if (status !== "running") continue;
    if (live === undefined)
      concerns.push(
        warning(
          `${name} is not heard`,
          "It holds its lease, but nothing else comes from it. It is lost if this goes on.",
        ),
      );
    else if (leftOf(live) < LEAST_LEFT)
      concerns.push(
        warning(
          `${name} is late to renew its lease`,
          "It is lost, and its sessions with it, unless it does so in time. Look at the load of its host and at nats-server.",
        ),
      );
    else if (live.logStatus === "full")
      concerns.push(
        danger(`${name} finds the log full`, "No event is taken any more. Raise FLEETLOG_FLEET_MAX_BYTES."),
      );
    else if (live.logStatus !== "ready")
      concerns.push(
        danger(
          `${name} cannot reach the log`,
          "It acknowledges nothing to devices until it can. Check nats-server and the network between.",
        ),
      );
  }
  return concerns;
}

/** How much of its lease a gateway had left when it was last heard. */
function leftOf({ lease, heardAt }: NonNullable<SystemResource["gateways"][number]["live"]>): number {
  if (lease === undefined) return 1;
  const [renewed, lapses, heard] = [lease.renewedAt, lease.lapsesAt, heardAt].map(Date.parse) as [
    number,
    number,
    number,
  ];
  return (lapses - heard) / (lapses - renewed);
}

function projectors({ projectors }: SystemResource): Concern[] {
  if (projectors.length === 0)
    return [danger("No projector is heard", "Lists and statuses do not follow the log. Start a projector.")];
  return projectors.flatMap(({ id, lag, state }) => {
    if (state !== "live")
      return [
        warning(
          `${id} builds its views`,
          `${lag.toLocaleString()} events are still to come; until then others answer.`,
        ),
      ];
    if (lag > LAG)
      return [
        warning(
          `${id} is ${lag.toLocaleString()} events behind`,
          "What it answers is old. If the lag grows, start another projector.",
        ),
      ];
    return [];
  });
}

function reactors({ reactors }: SystemResource): Concern[] {
  if (reactors.some(({ active }) => active)) return [];
  return [
    reactors.length === 0
      ? danger(
          "No reactors are heard",
          "Commands do not expire, and lost gateways are not noticed. Start the reactors.",
        )
      : warning("No reactors are active", "One takes over when the lease of the last has lapsed, within seconds."),
  ];
}

function streams({ streams }: SystemResource): Concern[] {
  return streams.flatMap(({ name, bytes, maxBytes }) => {
    const fill = bytes / maxBytes;
    if (!(fill >= FULL)) return [];
    const text = `${name} is ${Math.floor(fill * 100)} % full`;
    return name === "FLEET"
      ? [
          danger(
            text,
            "When it is full it refuses new events, and devices get no acknowledgement. Raise FLEETLOG_FLEET_MAX_BYTES.",
          ),
        ]
      : [warning(text, "When it is full the oldest is dropped. Raise FLEETLOG_TELEMETRY_MAX_BYTES to keep more.")];
  });
}

function danger(text: string, advice: string): Concern {
  return { tone: "danger", text, advice };
}

function warning(text: string, advice: string): Concern {
  return { tone: "warning", text, advice };
}
