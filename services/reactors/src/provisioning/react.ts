import {
  hasEndedProvisioning,
  hasTriesLeft,
  isEventOf,
  isUnderWay,
  type ProvisionStatus,
  provisioningEvents,
  type RecordedEvent,
} from "@fleetlog/domain";

export interface Tick {
  readonly type: "Tick";
  readonly now: number;
}

export interface OpenRequest {
  readonly request: string;
  readonly device: string;
  readonly maxRetries: number;
  readonly hasConfiguration: boolean;
  readonly expiresAt: number;
  state: ProvisionStatus;
  tries: number;
  seq: number;
  /** The time of its newest event, in milliseconds since the epoch. */
  changedAt: number;
  /** No command is given before this time, because the last one may still be in progress. */
  busyUntil: number;
}

export interface Requests {
  readonly open: Map<string, OpenRequest>;
  readonly byDevice: Map<string, Set<string>>;
  readonly timeoutMs: number;
  /** Requests that came from the views. Their devices may have logged in since. */
  unchecked: string[];
}

/** A command that is performed twice has no effect the second time. */
export type Work = { readonly request: string } & (
  | { readonly type: "Configure"; readonly acceptedSeq: number; readonly causationid: string }
  | { readonly type: "Complete" }
  | { readonly type: "TimeOut"; readonly since: number }
  | { readonly type: "Abandon"; readonly now: number }
  | { readonly type: "FinishStop" }
);

/** A gateway that holds the request's session ends it within this time, and records the end. */
const STOP_MS = 3_000;
/** The pause before a command that has changed nothing is given again. */
const RETRY_MS = 10_000;

export function initialRequests(timeoutMs: number): Requests {
  return { open: new Map(), byDevice: new Map(), timeoutMs, unchecked: [] };
}

export function addOpen(state: Requests, request: OpenRequest): void {
  state.open.set(request.request, request);
  if (!isUnderWay(request.state)) return;
  const requests = state.byDevice.get(request.device) ?? new Set();
  state.byDevice.set(request.device, requests.add(request.request));
}

export function react(state: Requests, input: RecordedEvent | Tick): readonly Work[] {
  if (input.type === "Tick") return due(state, input.now);
  if (input.type === "SessionOpened") {
    return [...(state.byDevice.get(input.data.device) ?? [])].map((request) => ({ type: "Complete", request }));
  }
  if (!isEventOf(provisioningEvents, input)) return [];
  const { request } = input.data;
  if (input.type === "ProvisionRequestCreated") {
    const { device, maxRetries, configuration, expiresOn } = input.data;
    if (state.open.has(request)) return [];
    addOpen(state, {
      request,
      device: device.id,
      maxRetries,
      hasConfiguration: configuration !== undefined,
      expiresAt: expiresOn === undefined ? Number.POSITIVE_INFINITY : Date.parse(expiresOn),
      state: "CREATED",
      tries: 0,
      seq: input.seq,
      changedAt: Date.parse(input.time),
      busyUntil: 0,
    });
    return [];
  }
  const next = STATE_AFTER[input.type] ?? (input.type === "ProvisionProgressed" ? input.data.state : undefined);
  if (next !== undefined && hasEndedProvisioning(next)) {
    remove(state, request);
    return [];
  }
  const found = state.open.get(request);
  if (found === undefined || input.seq <= found.seq) return [];
  apply(state, found, input, next);
  // The device may already have logged in with its own credential, because categories have no common order.
  const complete = { type: "Complete", request } as const;
  if (input.type === "ProvisionProgressed") return [complete];
  if (input.type === "ProvisionAccepted") {
    const configure = { type: "Configure", request, acceptedSeq: input.seq, causationid: input.id } as const;
    return found.hasConfiguration ? [configure, complete] : [complete];
  }
  return input.type === "ProvisionFailed" && !hasTriesLeft(found)
    ? [{ type: "Abandon", request, now: found.changedAt }]
    : [];
}

const STATE_AFTER: Readonly<Record<string, ProvisionStatus | undefined>> = {
  ProvisionStarted: "STARTED",
  ProvisionCompleted: "COMPLETED",
  ProvisionFailed: "FAILED",
  ProvisionSkipped: "SKIPPED",
  ProvisionStopping: "STOPPING",
  ProvisionStopped: "STOPPED",
  ProvisionAbandoned: "ABANDONED",
};

function apply(state: Requests, found: OpenRequest, event: RecordedEvent, next: ProvisionStatus | undefined): void {
  remove(state, found.request);
  if (event.type === "ProvisionStarted") found.tries += 1;
  if (next !== undefined) found.state = next;
  else if (event.type === "ProvisionAccepted" && found.state === "STARTED") found.state = "RUNNING";
  found.seq = event.seq;
  found.changedAt = Date.parse(event.time);
  found.busyUntil = 0;
  addOpen(state, found);
}

function remove(state: Requests, request: string): void {
  const found = state.open.get(request);
  if (found === undefined) return;
  state.open.delete(request);
  const requests = state.byDevice.get(found.device);
  requests?.delete(request);
  if (requests?.size === 0) state.byDevice.delete(found.device);
}

function due(state: Requests, now: number): Work[] {
  const work: Work[] = state.unchecked.splice(0).map((request) => ({ type: "Complete", request }));
  for (const found of state.open.values()) {
    if (now < found.busyUntil) continue;
    const one = dueOf(found, state.timeoutMs, now);
    if (one === undefined) continue;
    found.busyUntil = now + RETRY_MS;
    work.push(one);
  }
  return work;
}

function dueOf(found: OpenRequest, timeoutMs: number, now: number): Work | undefined {
  const { request, state, expiresAt, changedAt, seq } = found;
  const waits = state === "CREATED" || state === "STARTED" || state === "FAILED";
  if (waits && (now >= expiresAt || (state === "FAILED" && !hasTriesLeft(found)))) {
    return { type: "Abandon", request, now };
  }
  if (state === "STOPPING") return now >= changedAt + STOP_MS ? { type: "FinishStop", request } : undefined;
  const mayFail = state === "RUNNING" || state === "CONF_UPDATING" || state === "APPS_INSTALLING";
  return mayFail && now >= changedAt + timeoutMs ? { type: "TimeOut", request, since: seq } : undefined;
}
