import { accountOf } from "./account.ts";
import type { Decider } from "./decider.ts";
import type { EventTypes, Recorded } from "./envelope.ts";
import { FleetError } from "./errors.ts";
import type { JsonObject } from "./json.ts";

/** The device reports these states. */
export type ReportedState = "CONF_UPDATING" | "CONF_UPDATED" | "APPS_INSTALLING" | "APPS_INSTALLED";

export type ProvisionStatus =
  | "CREATED"
  | "STARTED"
  | "RUNNING"
  | ReportedState
  | "COMPLETED"
  | "FAILED"
  | "SKIPPED"
  | "STOPPING"
  | "STOPPED"
  | "ABANDONED";

export interface ProvisionBundle {
  readonly name: string;
  readonly version: string;
  readonly artifact: { readonly name: string; readonly version: string };
}

export interface ProvisionError {
  readonly code: string;
  readonly message: string;
}

/** Never contains the password or the activation key. */
export interface ProvisionOrder {
  readonly clientId: string;
  readonly userName: string;
  /** Before this time (RFC 3339), no device is admitted. */
  readonly activatesOn?: string;
  /** From this time on (RFC 3339), no device is admitted. */
  readonly expiresOn?: string;
  readonly maxRetries: number;
  readonly activationKey: boolean;
  /** Whether a registered device with this id is replaced. */
  readonly overwrite: boolean;
  /** Whether log-in without TLS is allowed. */
  readonly allowPlain: boolean;
  readonly device: {
    readonly id: string;
    readonly name?: string;
    readonly tags: readonly string[];
    readonly type?: string;
  };
  readonly configuration?: JsonObject;
  readonly bundles: readonly ProvisionBundle[];
  /** The enrolment group by which the device came. */
  readonly enrolmentGroup?: string;
  /** Id of the claim code by which the device came. */
  readonly claimCode?: string;
}

// Events

export interface ProvisionRequestCreated {
  readonly type: "ProvisionRequestCreated";
  readonly data: { readonly request: string; readonly by: string } & ProvisionOrder;
}
export interface ProvisionKeyRenewed {
  readonly type: "ProvisionKeyRenewed";
  readonly data: { readonly request: string; readonly by: string };
}
export interface ProvisionStarted {
  readonly type: "ProvisionStarted";
  readonly data: { readonly request: string; readonly protocol?: string; readonly address?: string };
}
export interface ProvisionAccepted {
  readonly type: "ProvisionAccepted";
  /** Each event gives the device a new credential. Only the first of a try changes the state. */
  readonly data: {
    readonly request: string;
    readonly device: string;
    readonly credential: "token" | "certificate";
    readonly certificate?: string;
    readonly model?: string;
    readonly serial?: string;
  };
}
export interface ProvisionProgressed {
  readonly type: "ProvisionProgressed";
  readonly data: { readonly request: string; readonly state: ReportedState; readonly bundle?: string };
}
export interface ProvisionCompleted {
  readonly type: "ProvisionCompleted";
  readonly data: { readonly request: string; readonly device: string };
}
export interface ProvisionFailed {
  readonly type: "ProvisionFailed";
  readonly data: { readonly request: string; readonly error: ProvisionError; readonly by: "device" | "time-out" };
}
export interface ProvisionSkipped {
  readonly type: "ProvisionSkipped";
  /** The request is skipped because a device with this id is registered. */
  readonly data: { readonly request: string; readonly device: string };
}
export interface ProvisionStopping {
  readonly type: "ProvisionStopping";
  readonly data: { readonly request: string; readonly by: string };
}
export interface ProvisionStopped {
  readonly type: "ProvisionStopped";
  readonly data: { readonly request: string; readonly by: string };
}
export interface ProvisionAbandoned {
  readonly type: "ProvisionAbandoned";
  readonly data: { readonly request: string; readonly reason: "expired" | "no-tries-left" };
}

export type ProvisioningEvent =
  | ProvisionRequestCreated
  | ProvisionKeyRenewed
  | ProvisionStarted
  | ProvisionAccepted
  | ProvisionProgressed
  | ProvisionCompleted
  | ProvisionFailed
  | ProvisionSkipped
  | ProvisionStopping
  | ProvisionStopped
  | ProvisionAbandoned;

/** The entity is the request's id. */
export const provisioningEvents: EventTypes<ProvisioningEvent> = {
  ProvisionRequestCreated: "provisioning",
  ProvisionKeyRenewed: "provisioning",
  ProvisionStarted: "provisioning",
  ProvisionAccepted: "provisioning",
  ProvisionProgressed: "provisioning",
  ProvisionCompleted: "provisioning",
  ProvisionFailed: "provisioning",
  ProvisionSkipped: "provisioning",
  ProvisionStopping: "provisioning",
  ProvisionStopped: "provisioning",
  ProvisionAbandoned: "provisioning",
};

/**
 * Ids of events that several processes may append for the same reason. All of them derive the same id from the request, so
 * the log stores the event once.
 */
export const provisionEventId = {
  completed: (request: string) => `${request}.completed`,
  stopped: (request: string) => `${request}.stopped`,
  abandoned: (request: string) => `${request}.abandoned`,
  /** @param since sequence of the last event before the time-out */
  timedOut: (request: string, since: number) => `${request}.timed-out.${since}`,
};

/** The `by` of events with which a request registers its device. */
export function byRequest(request: string): string {
  return `provision-requests/${request}`;
}

// State

export interface ProvisionRequest extends ProvisionOrder {
  readonly id: string;
  readonly account: string;
  readonly state: ProvisionStatus;
  /** How often a device has started. */
  readonly tries: number;
  /** The sequence of the newest ProvisionAccepted. */
  readonly acceptedSeq?: number;
  readonly model?: string;
  readonly serial?: string;
  readonly bundle?: string;
  /** The error of the last try. */
  readonly error?: ProvisionError;
  readonly reason?: ProvisionAbandoned["data"]["reason"];
  readonly seq: number;
}

// Commands

export type ProvisioningCommand =
  | ({ readonly type: "CreateRequest"; readonly request: string; readonly by: string } & ProvisionOrder)
  | { readonly type: "RenewKey"; readonly by: string }
  | { readonly type: "Start"; readonly now: string; readonly protocol?: string; readonly address?: string }
  | ({ readonly type: "Accept"; readonly now: string } & Omit<ProvisionAccepted["data"], "request">)
  | { readonly type: "Progress"; readonly state: ReportedState; readonly bundle?: string }
  | { readonly type: "Complete" }
  | { readonly type: "Fail"; readonly error: ProvisionError }
  | { readonly type: "TimeOut"; readonly since: number; readonly error: ProvisionError }
  | { readonly type: "Skip" }
  | { readonly type: "Stop"; readonly by: string }
  | { readonly type: "FinishStop"; readonly by: string }
  | { readonly type: "Expire"; readonly now: string }
  | { readonly type: "GiveUp" };

// Transitions

type Attachments = Pick<ProvisionOrder, "configuration" | "bundles">;

export function waysFrom(state: ProvisionStatus, { configuration, bundles }: Attachments): readonly ProvisionStatus[] {
  const hasBundles = bundles.length > 0;
  switch (state) {
    case "CREATED":
      return ["STARTED", "ABANDONED", "STOPPED"];
    case "STARTED":
      return ["RUNNING", "SKIPPED", "ABANDONED", "STOPPING"];
    case "RUNNING": {
      const next = hasBundles ? "APPS_INSTALLING" : "COMPLETED";
      return [configuration === undefined ? next : "CONF_UPDATING", "FAILED", "STOPPING"];
    }
    case "CONF_UPDATING":
      return ["CONF_UPDATED", "FAILED", "STOPPING"];
    case "CONF_UPDATED":
      return [hasBundles ? "APPS_INSTALLING" : "COMPLETED"];
    case "APPS_INSTALLING":
      return ["APPS_INSTALLING", "APPS_INSTALLED", "FAILED", "STOPPING"];
    case "APPS_INSTALLED":
      return ["COMPLETED"];
    case "FAILED":
      return ["STARTED", "ABANDONED"];
    case "STOPPING":
      return ["STOPPED"];
    default:
      return [];
  }
}

export function hasEndedProvisioning(state: ProvisionStatus): boolean {
  return state === "COMPLETED" || state === "SKIPPED" || state === "STOPPED" || state === "ABANDONED";
}

/** Whether a device was accepted and its provisioning goes on. */
export function isUnderWay(state: ProvisionStatus): boolean {
  return state === "RUNNING" || isReported(state);
}

function isReported(state: ProvisionStatus): state is ReportedState {
  return state.startsWith("CONF_") || state.startsWith("APPS_");
}

export function hasTriesLeft({ tries, maxRetries }: Pick<ProvisionRequest, "tries" | "maxRetries">): boolean {
  return tries <= maxRetries;
}

export function admitsDevice(request: ProvisionRequest, now: number): boolean {
  const { state, activatesOn, expiresOn } = request;
  if (isUnderWay(state)) return true;
  if (state !== "CREATED" && state !== "STARTED" && !(state === "FAILED" && hasTriesLeft(request))) return false;
  if (activatesOn !== undefined && now < Date.parse(activatesOn)) return false;
  return expiresOn === undefined || now < Date.parse(expiresOn);
}

// Decisions

export const provisioningDecider: Decider<ProvisionRequest | undefined, ProvisioningCommand, ProvisioningEvent> = {
  initial: undefined,

  decide(command, state) {
    if (command.type === "CreateRequest") {
      if (state !== undefined) return [];
      const { type: _, ...data } = command;
      return [{ type: "ProvisionRequestCreated", data }];
    }
    if (state === undefined) throw unknownProvisionRequest();
    const { id: request } = state;
    switch (command.type) {
      case "RenewKey":
        if (hasEndedProvisioning(state.state)) throw notPossible(state, "has ended");
        if (!state.activationKey) throw notPossible(state, "has no activation key");
        return [{ type: "ProvisionKeyRenewed", data: { request, by: command.by } }];
      case "Start": {
        if (!admitsDevice(state, Date.parse(command.now))) throw notPossible(state, "lets no device in now");
        if (state.state !== "CREATED" && state.state !== "FAILED") return [];
        const { type: _, now: _now, ...from } = command;
        return [{ type: "ProvisionStarted", data: { request, ...from } }];
      }
      case "Accept": {
        if (!admitsDevice(state, Date.parse(command.now))) throw notPossible(state, "lets no device in now");
        if (!isUnderWay(state.state)) mustLeadTo(state, "RUNNING");
        const { type: _, now: _now, ...accepted } = command;
        return [{ type: "ProvisionAccepted", data: { request, ...accepted } }];
      }
      case "Progress": {
        const { state: next, bundle } = command;
        if (bundle !== undefined && !state.bundles.some(({ name }) => name === bundle)) {
          throw new FleetError("invalid-request", "the request has no such bundle", { field: "bundle" });
        }
        if (state.state === next && (bundle === undefined || bundle === state.bundle)) return [];
        mustLeadTo(state, next);
        const data = { request, state: next, ...(bundle !== undefined && { bundle }) };
        return [{ type: "ProvisionProgressed", data }];
      }
      case "Complete":
        if (state.state === "COMPLETED") return [];
        mustLeadTo(state, "COMPLETED");
        return [{ type: "ProvisionCompleted", data: { request, device: state.device.id } }];
      case "Fail":
        if (state.state === "FAILED") return [];
        mustLeadTo(state, "FAILED");
        return [{ type: "ProvisionFailed", data: { request, error: command.error, by: "device" } }];
      case "TimeOut":
        if (state.seq !== command.since || !leadsTo(state, "FAILED")) return [];
        return [{ type: "ProvisionFailed", data: { request, error: command.error, by: "time-out" } }];
      case "Skip":
        if (state.state === "SKIPPED") return [];
        mustLeadTo(state, "SKIPPED");
        return [{ type: "ProvisionSkipped", data: { request, device: state.device.id } }];
      case "Stop": {
        if (state.state === "STOPPING" || state.state === "STOPPED") return [];
        const data = { request, by: command.by };
        if (leadsTo(state, "STOPPED")) return [{ type: "ProvisionStopped", data }];
        mustLeadTo(state, "STOPPING");
        return [{ type: "ProvisionStopping", data }];
      }
      case "FinishStop":
        if (state.state !== "STOPPING") return [];
        return [{ type: "ProvisionStopped", data: { request, by: command.by } }];
      case "Expire": {
        const { expiresOn } = state;
        const expired = expiresOn !== undefined && Date.parse(command.now) >= Date.parse(expiresOn);
        if (!expired || !leadsTo(state, "ABANDONED")) return [];
        return [{ type: "ProvisionAbandoned", data: { request, reason: "expired" } }];
      }
      case "GiveUp":
        if (state.state !== "FAILED" || hasTriesLeft(state)) return [];
        return [{ type: "ProvisionAbandoned", data: { request, reason: "no-tries-left" } }];
    }
  },

  evolve(state, event: Recorded<ProvisioningEvent>) {
    const { seq } = event;
    if (event.type === "ProvisionRequestCreated") {
      if (state !== undefined) return state;
      const { request, by: _, ...order } = event.data;
      return { id: request, account: accountOf(event), ...order, state: "CREATED", tries: 0, seq };
    }
    if (state === undefined || seq <= state.seq) return state;
    switch (event.type) {
      case "ProvisionKeyRenewed":
        return { ...state, seq };
      case "ProvisionStarted": {
        const { error: _, bundle: _bundle, ...begun } = state;
        return { ...begun, state: "STARTED", tries: state.tries + 1, seq };
      }
      case "ProvisionAccepted": {
        const { model, serial } = event.data;
        const known = { ...(model !== undefined && { model }), ...(serial !== undefined && { serial }) };
        const next = isUnderWay(state.state) ? state.state : "RUNNING";
        return { ...state, ...known, state: next, acceptedSeq: seq, seq };
      }
      case "ProvisionProgressed": {
        const { bundle: _, ...others } = state;
        const { bundle } = event.data;
        return { ...others, state: event.data.state, ...(bundle !== undefined && { bundle }), seq };
      }
      case "ProvisionCompleted":
        return { ...state, state: "COMPLETED", seq };
      case "ProvisionFailed":
        return { ...state, state: "FAILED", error: event.data.error, seq };
      case "ProvisionSkipped":
        return { ...state, state: "SKIPPED", seq };
      case "ProvisionStopping":
        return { ...state, state: "STOPPING", seq };
      case "ProvisionStopped":
        return { ...state, state: "STOPPED", seq };
      case "ProvisionAbandoned":
        return { ...state, state: "ABANDONED", reason: event.data.reason, seq };
      default:
        return state;
    }
  },
};

function leadsTo(state: ProvisionRequest, next: ProvisionStatus): boolean {
  return waysFrom(state.state, state).includes(next);
}

function mustLeadTo(state: ProvisionRequest, next: ProvisionStatus): void {
  if (!leadsTo(state, next)) throw notPossible(state, `does not lead to ${next}`);
}

function notPossible({ state }: ProvisionRequest, why: string): FleetError {
  return new FleetError("provision-state", `the provision request is ${state} and ${why}`);
}

export function unknownProvisionRequest(): FleetError {
  return new FleetError("provision-request-unknown", "there is no such provision request", { field: "id" });
}
