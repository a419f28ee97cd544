import type { SystemResource } from "../../data/system.ts";
import { duration } from "../text/times.ts";

/** A problem that needs an operator's attention. */
export interface Concern {
  readonly tone: "danger" | "warning";
  readonly text: string;
  readonly advice: string;
  readonly gateway?: string;
}

/** A stream is a concern if it fills this share of its limit or more. */
export const NEARLY_FULL_SHARE = 0.8;
/** Events that a projector may lag behind without concern. */
const MAX_LAG_EVENTS = 1_000;
/** Gateways renew their lease when two thirds of it are left; less than this share means a failed renewal. */
const MIN_LEFT_SHARE = 0.4;
const LOST_MS = 3_600_000;

/** Present and imminent problems of the system, the most serious first. */
export function concernsOf(system: SystemResource, now: number): readonly Concern[] {
  const found = [
    ...gateways(system, now),
    ...projectors(system),
    ...reactors(system),
    ...missing(system),
    ...marks(system),
    ...archives(system),
    ...clocks(system),
    ...streams(system),
    ...nats(system),
    ...plainPorts(system),
    ...expiring(system, now),
  ];
  return [...found.filter(({ tone }) => tone === "danger"), ...found.filter(({ tone }) => tone === "warning")];
}

function gateways({ gateways }: SystemResource, now: number): Concern[] {
  const concerns: Concern[] = [];
  const running = gateways.filter(({ status }) => status === "running");
  if (running.length === 0)
    concerns.push(danger("No running gateway is known", "Devices may be unable to connect. Start one with npm start."));
  for (const { name, status, since, live } of gateways) {
    const ago = now - Date.parse(since);
    if (status === "lost" && ago < LOST_MS) {
      const text = `${name} was lost ${duration(Math.max(0, ago))} ago`;
      const advice =
        "Its lease lapsed: its sessions have ended and its devices reconnect. Check its host and its log output.";
      concerns.push({ ...warning(text, advice), gateway: name });
    }
    if (status !== "running") continue;
    if (live === undefined)
      concerns.push(
        warning(
          `No heartbeat from ${name}`,
          "It still holds its lease, but sends no heartbeat. If it stops renewing the lease, it is declared lost.",
        ),
      );
    else if (leftOf(live) < MIN_LEFT_SHARE)
      concerns.push(
        warning(
          `${name} is late in renewing its lease`,
          "If the gateway does not renew its lease in time, it is declared lost and its sessions end. Check the load of its host and nats-server.",
        ),
      );
    else if (live.logStatus === "full")
      concerns.push(
        danger(`${name} reports that the log is full`, "No more events are accepted. Raise FLEETLOG_FLEET_MAX_BYTES."),
      );
    else if (live.logStatus !== "ready")
      concerns.push(
        danger(
          `${name} cannot reach the log`,
          "Until it can, it acknowledges nothing to devices. Check nats-server and the network between them.",
        ),
      );
  }
  return concerns;
}

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
    return [danger("No heartbeat from any projector", "Lists and statuses are not updated. Start a projector.")];
  return projectors.flatMap(({ id, lag, state }) => {
    if (state !== "live")
      return [
        warning(
          `${id} is building its views`,
          `${lag.toLocaleString()} events remain. Until they are read, only other projectors answer.`,
        ),
      ];
    if (lag > MAX_LAG_EVENTS)
      return [
        warning(
          `${id} is ${lag.toLocaleString()} events behind`,
          "Its answers are out of date. If the lag grows, start another projector.",
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
          "No heartbeat from any reactors",
          "Commands do not expire, and lost gateways are not detected. Start the reactors.",
        )
      : warning("No reactors are active", "A standby takes over within seconds, when the last lease has lapsed."),
  ];
}

function missing({ missing, missingRanges }: SystemResource): Concern[] {
  if (missing === 0) return [];
  const named = rangesOf(missingRanges);
  const text = `${missing === 1 ? "An entry" : `${missing.toLocaleString()} entries`} of FLEET cannot be read`;
  const which = named.length === 0 ? "" : `${named.join(", ")}. `;
  const advice = `${which}nats-server's store is damaged: history and views lack ${missing === 1 ? "it" : "them"}. Check the disk; restore a backup, or in a cluster remove the damaged server's copy, which is then rebuilt.`;
  return [danger(text, advice)];
}

function marks({ historians = [] }: SystemResource): Concern[] {
  const worst = historians.toSorted((a, b) => (b.marks?.problems ?? 0) - (a.marks?.problems ?? 0))[0]?.marks;
  const found: Concern[] = [];
  if (worst?.first !== undefined) {
    const { firstSeq, lastSeq, detail } = worst.first;
    const more = worst.problems === 1 ? "" : ` ${worst.problems - 1} more such problems are known.`;
    const advice = `#${firstSeq} to #${lastSeq}: ${detail}.${more} Keep a copy of nats-server's store, compare it with a backup, and find out who changed it.`;
    found.push(danger("The log is not what was signed", advice));
  }
  for (const { id, marks } of historians) {
    if (marks?.keyProblem === undefined) continue;
    const advice = `Changes of the log would not be noticed: ${marks.keyProblem}. Give the historian the installation key.`;
    found.push(warning(`${id} signs no marks of the log`, advice));
  }
  return found;
}

function archives({ historians = [] }: SystemResource): Concern[] {
  return historians.flatMap(({ id, telemetry }) => {
    if (telemetry?.missing === undefined) return [];
    const { events, ranges } = telemetry.missing;
    const text = `The archive of ${id} lacks ${events.toLocaleString()} events of telemetry`;
    const advice = `${rangesOf(ranges).join(", ")} of TELEMETRY: files are missing or damaged. Check the disk. Historians copy such events from each other: start one that has them, or restore the files from a backup of the folder.`;
    return [danger(text, advice)];
  });
}

function rangesOf(ranges: SystemResource["missingRanges"]): string[] {
  const named = (seq: number) => `#${seq.toLocaleString()}`;
  return ranges.map(({ from, to }) => (from === to ? named(from) : `${named(from)} to ${named(to)}`));
}

function clocks({ gateways, projectors, reactors }: SystemResource): Concern[] {
  const running = gateways.flatMap(({ name, status, live }) =>
    status === "running" ? [{ name, clock: live?.clock, gateway: name }] : [],
  );
  const others = [...projectors, ...reactors].map(({ id, clock }) => ({ name: id, clock, gateway: undefined }));
  return [...running, ...others].flatMap(({ name, clock, gateway }) => {
    if (clock === undefined || clock.state === "right") return [];
    const { state, offsetMs } = clock;
    const text = `The clock of ${name} is ${duration(Math.abs(offsetMs))} ${offsetMs > 0 ? "ahead" : "behind"}`;
    const what = gateway === undefined ? "" : state === "wrong" ? "It is not ready. " : "";
    const advice = `${what}The difference is to the clock of the NATS server. Commands expire by these clocks, and events carry their time. Synchronize them (NTP).`;
    const concern = state === "wrong" ? danger(text, advice) : warning(text, advice);
    return [gateway === undefined ? concern : { ...concern, gateway }];
  });
}

function streams({ streams }: SystemResource): Concern[] {
  return streams.flatMap(({ name, bytes, maxBytes }) => {
    const fill = bytes / maxBytes;
    // ACCESS and DELIVERY drop their oldest events by design.
    if (!(fill >= NEARLY_FULL_SHARE) || name === "ACCESS" || name === "DELIVERY") return [];
    const text = `${name} is ${Math.floor(fill * 100)} % full`;
    return name === "FLEET"
      ? [
          danger(
            text,
            "When it is full, new events are refused and devices get no acknowledgement. Raise FLEETLOG_FLEET_MAX_BYTES.",
          ),
        ]
      : [
          warning(
            text,
            "When it is full, the oldest events are dropped. Raise FLEETLOG_TELEMETRY_MAX_BYTES to keep more.",
          ),
        ];
  });
}

function nats({ nats: { acknowledged, advice } }: SystemResource): Concern[] {
  return acknowledged === "later" ? [warning("A power cut can lose acknowledged events", advice)] : [];
}

function danger(text: string, advice: string): Concern {
  return { tone: "danger", text, advice };
}

function warning(text: string, advice: string): Concern {
  return { tone: "warning", text, advice };
}

function plainPorts({ plainPorts }: SystemResource): Concern[] {
  if (plainPorts.length === 0) return [];
  const advice = `${plainPorts.join(", ")}: anyone on the network can read tokens and passwords. Set FLEETLOG_TLS=auto and the ports of HTTP and MQTT to off, restrict the ports of older systems to the network of their devices, or put a proxy in front and name it in FLEETLOG_TRUSTED_PROXIES.`;
  return [warning("Other machines can connect without encryption", advice)];
}

function expiring({ expiring = [] }: SystemResource, now: number): Concern[] {
  return expiring.map(({ what, at }) => {
    const left = Date.parse(at) - now;
    if (left <= 0) return danger(`Certificate expired: ${what}`, "Connections that need it are refused. Renew it.");
    return warning(
      `Certificate expires in ${duration(left)}: ${what}`,
      "Renew it before then, or devices can't connect.",
    );
  });
}
