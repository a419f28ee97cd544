import type { Decided, Decider } from "./decider.ts";
import { type AnyBody, type EventTypes, isEventOf, type Recorded } from "./envelope.ts";
import { FleetError } from "./errors.ts";
import { sameJson } from "./json.ts";
import { isOlderSession, type SessionReference, sessionToken } from "./session.ts";

// Events. All commands of a device share one subject.

export interface CommandIssued {
  readonly type: "CommandIssued";
  readonly data: {
    readonly command: string;
    readonly device: string;
    readonly name: string;
    readonly params?: unknown;
    /** RFC 3339. The device must not start the command afterwards. */
    readonly deadline: string;
    readonly by: string;
    readonly reason?: string;
    readonly idempotencyKey?: string;
  };
}
export interface CommandDelivered {
  readonly type: "CommandDelivered";
  readonly data: SessionReference & { readonly command: string; readonly device: string };
}
/** An absent field keeps its last value. */
export interface CommandProgress {
  /** 0 to 100. */
  readonly percent?: number;
  readonly step?: string;
  readonly message?: string;
}
export interface CommandProgressed {
  readonly type: "CommandProgressed";
  readonly data: SessionReference & CommandProgress & { readonly command: string; readonly device: string };
}
export interface CommandCompleted {
  readonly type: "CommandCompleted";
  readonly data: SessionReference & {
    readonly command: string;
    readonly device: string;
    readonly result?: unknown;
  };
}
export interface CommandError {
  readonly code: string | number;
  readonly message: string;
  /** Further details from the device. */
  readonly data?: unknown;
}
export interface CommandFailed {
  readonly type: "CommandFailed";
  readonly data: SessionReference & {
    readonly command: string;
    readonly device: string;
    readonly error: CommandError;
  };
}
export interface CommandExpired {
  readonly type: "CommandExpired";
  readonly data: { readonly command: string; readonly device: string; readonly deadline: string };
}
export interface CommandCancelled {
  readonly type: "CommandCancelled";
  readonly data: { readonly command: string; readonly device: string; readonly by: string; readonly reason?: string };
}

/** The command is no longer delivered, because several sessions in a row ended soon after its delivery. */
export interface CommandGivenUp {
  readonly type: "CommandGivenUp";
  readonly data: {
    readonly command: string;
    readonly device: string;
    /** How many sessions in a row ended abnormally soon after a delivery. */
    readonly sessions: number;
    readonly reason: string;
  };
}

export type CommandEvent =
  | CommandIssued
  | CommandDelivered
  | CommandProgressed
  | CommandCompleted
  | CommandFailed
  | CommandExpired
  | CommandCancelled
  | CommandGivenUp;

export const commandEvents: EventTypes<CommandEvent> = {
  CommandIssued: "command",
  CommandDelivered: "command",
  CommandProgressed: "command",
  CommandCompleted: "command",
  CommandFailed: "command",
  CommandExpired: "command",
  CommandCancelled: "command",
  CommandGivenUp: "command",
};

// State

export type CommandStatus = "issued" | "delivered" | "completed" | "failed" | "expired" | "cancelled";

export interface Command {
  readonly id: string;
  readonly device: string;
  readonly name: string;
  readonly params?: unknown;
  readonly state: CommandStatus;
  readonly issuedAt: string;
  readonly issuedBy: string;
  readonly reason?: string;
  readonly deadline: string;
  readonly idempotencyKey?: string;
  readonly correlationid?: string;
  /** The sequence of CommandIssued, by which a device's commands are ordered. */
  readonly seq: number;
  /** The session of the last delivery. */
  readonly epoch?: number;
  /** The id of that session's SessionOpened, if known. */
  readonly session?: string | undefined;
  readonly deliveries: number;
  readonly deliveredAt?: string;
  /** `at` and `seq` are those of the last CommandProgressed. */
  readonly progress?: CommandProgress & { readonly at: string; readonly seq: number };
  readonly endedAt?: string;
  readonly endedBy?: string;
  readonly result?: unknown;
  readonly error?: CommandError;
  /** The sequence of the event that ended the command. */
  readonly endedSeq?: number;
}

export function hasEnded(command: Command): boolean {
  return command.state !== "issued" && command.state !== "delivered";
}

/** Why a command has ended without an answer of its device; undefined for any other command. */
export function unansweredError({ state, deadline }: Pick<Command, "state" | "deadline">): CommandError | undefined {
  if (state === "expired") return { code: "expired", message: `the device has not answered before ${deadline}` };
  if (state === "cancelled") return { code: "cancelled", message: "it was cancelled before the device answered" };
  return undefined;
}

// Commands

/** The aggregate is a command itself, so its commands are called operations, unlike `DeviceCommand` for devices. */
export type CommandOperation =
  | ({ readonly type: "IssueCommand" } & CommandIssued["data"])
  | ({ readonly type: "DeliverCommand" } & CommandDelivered["data"])
  | ({ readonly type: "ReportProgress" } & CommandProgressed["data"])
  | ({ readonly type: "CompleteCommand" } & CommandCompleted["data"])
  | ({ readonly type: "FailCommand" } & CommandFailed["data"])
  | { readonly type: "ExpireCommand"; readonly command: string; readonly device: string; readonly now: string }
  | ({ readonly type: "CancelCommand" } & CommandCancelled["data"])
  | ({ readonly type: "GiveUpCommand" } & CommandGivenUp["data"]);

// Decisions

/** The first ending in the log counts. A result from an older session than the last delivery's does not count. */
export const commandDecider: Decider<Command | undefined, CommandOperation, CommandEvent> = {
  initial: undefined,

  decide(request, state) {
    if (request.type === "IssueCommand") return issue(request, state);
    if (state === undefined || state.device !== request.device) {
      throw new FleetError("command-unknown", `device ${request.device} has no command ${request.command}`, {
        field: "id",
      });
    }
    if (hasEnded(state)) {
      if (request.type === "ReportProgress") throw noMoreProgress(state.id, state.state);
      if (request.type !== "CancelCommand" || state.state === "cancelled") return [];
      throw new FleetError("command-ended", `command ${state.id} has ended: ${state.state}`, {
        advice: "A command that has ended can't be cancelled; issue another command that undoes it.",
      });
    }
    const { type, ...data } = request;
    switch (type) {
      case "DeliverCommand":
        if (!isNewDelivery(request, state)) return [];
        return [{ type: "CommandDelivered", data: data as CommandDelivered["data"] }];
      case "ReportProgress":
        if (isStale(request, state) || !isProgress(request, state)) return [];
        return [{ type: "CommandProgressed", data: data as CommandProgressed["data"] }];
      case "CompleteCommand":
        if (isStale(request, state)) return [];
        return [{ type: "CommandCompleted", data: data as CommandCompleted["data"] }];
      case "FailCommand":
        if (isStale(request, state)) return [];
        return [{ type: "CommandFailed", data: data as CommandFailed["data"] }];
      case "ExpireCommand":
        if (Date.parse(request.now) < Date.parse(state.deadline)) return [];
        return [
          { type: "CommandExpired", data: { command: state.id, device: state.device, deadline: state.deadline } },
        ];
      case "CancelCommand":
        return [{ type: "CommandCancelled", data: data as CommandCancelled["data"] }];
      case "GiveUpCommand":
        return [{ type: "CommandGivenUp", data: data as CommandGivenUp["data"] }];
    }
  },

  evolve(state, event: Recorded<CommandEvent>) {
    if (event.type === "CommandIssued") {
      if (state !== undefined) return state;
      const { command: id, by, ...rest } = event.data;
      const issued = {
        id,
        ...rest,
        state: "issued",
        issuedAt: event.time,
        issuedBy: by,
        seq: event.seq,
        deliveries: 0,
      } as const;
      return event.correlationid === undefined ? issued : { ...issued, correlationid: event.correlationid };
    }
    if (state === undefined || hasEnded(state)) return state;
    const ended = { endedAt: event.time, endedSeq: event.seq };
    switch (event.type) {
      case "CommandDelivered": {
        const { epoch, session } = event.data;
        if (!isNewDelivery(event.data, state)) return state;
        return {
          ...state,
          state: "delivered",
          epoch,
          session,
          deliveries: state.deliveries + 1,
          deliveredAt: event.time,
        };
      }
      case "CommandProgressed": {
        const repeated = state.progress !== undefined && event.seq <= state.progress.seq;
        if (repeated || isStale(event.data, state) || !isProgress(event.data, state)) return state;
        const { percent, step, message } = event.data;
        const changed = {
          ...(percent !== undefined && { percent }),
          ...(step !== undefined && { step }),
          ...(message !== undefined && { message }),
        };
        return { ...state, progress: { ...state.progress, ...changed, at: event.time, seq: event.seq } };
      }
      case "CommandCompleted": {
        if (isStale(event.data, state)) return state;
        const completed = { ...state, ...ended, state: "completed" } as const;
        return event.data.result === undefined ? completed : { ...completed, result: event.data.result };
      }
      case "CommandFailed":
        if (isStale(event.data, state)) return state;
        return { ...state, ...ended, state: "failed", error: event.data.error };
      case "CommandExpired":
        return { ...state, ...ended, state: "expired" };
      case "CommandCancelled":
        return { ...state, ...ended, state: "cancelled", endedBy: event.data.by };
      case "CommandGivenUp": {
        const { sessions, reason } = event.data;
        const message = `given up: ${sessions} sessions in a row ended soon after its delivery, the last one: ${reason}`;
        return { ...state, ...ended, state: "failed", error: { code: "given-up", message } };
      }
      default:
        return state;
    }
  },
};

/** Each id derives from the command's id. So two processes that record the same fact record one event. */
export const commandEventId = {
  issued: (command: string): string => `${command}/issued`,
  delivered: (command: string, session: SessionReference): string => `${command}/delivered/${sessionToken(session)}`,
  /** The id if the command was completed or failed in this session. */
  ended: (command: string, session: SessionReference): string => `${command}/ended/${sessionToken(session)}`,
  expired: (command: string): string => `${command}/expired`,
  retired: (command: string): string => `${command}/retired`,
  moved: (command: string): string => `${command}/moved`,
  givenUp: (command: string): string => `${command}/given-up`,
} as const;

const DERIVED_ID = /\/(?:issued|delivered\/.+|ended\/.+|expired|retired|moved|given-up)$/;

/** Whether an event with this id may be about the command: false if the id derives from another command's id. */
export function mayBeAbout(command: string): (eventId: string) => boolean {
  return (id) => id.startsWith(`${command}/`) || !DERIVED_ID.test(id);
}

/** The cause of a device's answer: CommandDelivered if known, otherwise CommandIssued. */
export function causeOfAnswer({ id, epoch, session }: Pick<Command, "id" | "epoch" | "session">): string {
  return epoch === undefined ? commandEventId.issued(id) : commandEventId.delivered(id, { epoch, session });
}

export function commandOf(event: AnyBody): string | undefined {
  return isEventOf(commandEvents, event) ? event.data.command : undefined;
}

function issue(
  request: { type: "IssueCommand" } & CommandIssued["data"],
  state: Command | undefined,
): Decided<CommandEvent> {
  const { type: _, ...data } = request;
  if (state === undefined) return [{ type: "CommandIssued", data }];
  if (state.device === data.device && state.name === data.name && sameJson(state.params, data.params)) return [];
  throw new FleetError("idempotency-key-reused", "this idempotency key was used for another command", {
    field: "Idempotency-Key",
    advice: "Use a new key for every command, and the same key only to repeat one.",
  });
}

/** Whether this is the first delivery, or one in a newer session than the last delivery's. */
function isNewDelivery(delivery: SessionReference, state: Command): boolean {
  return !wasDelivered(state) || isOlderSession(state, delivery);
}

/** Whether the result is from an older session than the last delivery's. */
function isStale(result: SessionReference, state: Command): boolean {
  return wasDelivered(state) && isOlderSession(result, state);
}

/** @param state how the command ended, if known */
export function noMoreProgress(id: string, state?: CommandStatus): FleetError {
  return new FleetError("command-ended", `command ${id} has ended${state === undefined ? "" : `: ${state}`}`, {
    field: "id",
    advice: "Stop the command and report nothing more for it.",
  });
}

function isProgress({ percent, step, message }: CommandProgress, { progress }: Command): boolean {
  if (progress === undefined) return true;
  return (
    (percent !== undefined && percent !== progress.percent) ||
    (step !== undefined && step !== progress.step) ||
    (message !== undefined && message !== progress.message)
  );
}

function wasDelivered(state: Command): state is Command & SessionReference {
  return state.epoch !== undefined;
}
