import { createHash, randomUUID } from "node:crypto";
import {
  accountOf,
  type Command,
  type CommandIssued,
  commandDecider,
  commandEventId,
  FleetError,
  type FleetEvent,
  hasEnded,
  mustBeRegistered,
} from "@fleetlog/domain";
import { encodeEvent, steadyTime } from "@fleetlog/log";
import { MAX_COMMAND_BYTES } from "@fleetlog/protocol";
import { APPEND_TIMEOUT_MS } from "../append-timeout.ts";
import { type Caller, metadataOf } from "../caller.ts";
import type { CommandTail } from "../dependencies/command-tail.ts";
import type { Fleet } from "../dependencies/fleet.ts";
import { DevicePermission, type NewestEvent, permissionOn } from "../device-permission.ts";
import { sendLiveMessage } from "../live-message.ts";
import { mustBeDeclared } from "./declared.ts";
import { commandFrom } from "./look-up.ts";

/**
 * Half of the log's duplicate window. After a slower append, the log may have forgotten that another node issued the
 * same command.
 */
const LATE_MS = 60_000;

export interface IssueRequest {
  readonly device: string;
  readonly name: string;
  readonly params?: unknown;
  /** RFC 3339. */
  readonly deadline: string;
  readonly reason?: string;
  readonly idempotencyKey?: string;
  readonly unchecked?: boolean | undefined;
}

export interface IssueOptions {
  /** Nothing is appended after the signal is aborted. */
  readonly signal?: AbortSignal;
  readonly wait?: Wait;
  /**
   * The device's newest event. Whoever gives it has already checked the permission `command.issue` on the device, so
   * the call does not check it again.
   */
  readonly last?: NewestEvent;
  /**
   * Checks the device's other commands, and throws if they rule this one out. Called again if one of them changes
   * before the append.
   * @param lastSeq sequence of the newest event of the device's commands; 0 without any
   */
  readonly checkOthers?: (lastSeq: number) => Promise<void>;
}

export interface Wait {
  readonly tail: CommandTail;
  /** 0 does not wait. */
  readonly ms: number;
  /** Aborts the waiting, not the command. */
  readonly signal?: AbortSignal;
}

type Dependencies = Pick<Fleet, "log" | "bus" | "writer" | "views" | "typeCommands" | "deliverLocally">;

/**
 * Resolves once CommandIssued is in the log or, with `wait`, once the command has ended or the time is up.
 * @throws FleetError `device-unknown`, `device-retired`, `idempotency-key-reused`, `log-unavailable`, `log-full`, `unavailable`,
 * `payload-too-large`, `invalid-request` (nested too deep, or not as declared); the reason of an aborted `signal`
 */
export async function issueCommand(
  fleet: Dependencies,
  caller: Caller,
  request: IssueRequest,
  { signal, wait, last: given, checkOthers }: IssueOptions = {},
): Promise<Command> {
  const { device, idempotencyKey } = request;
  const permission =
    given === undefined
      ? await permissionOn(fleet, caller, "command.issue", device)
      : new DevicePermission({ fleet, caller, action: "command.issue", device }, given.event, given.at);
  mustBeRegistered(device, permission.newest);
  const id = idempotencyKey === undefined ? randomUUID() : commandIdFrom(caller.by, device, idempotencyKey);
  const waiting = wait === undefined || wait.ms === 0 ? undefined : wait.tail.wait(id, wait.ms);
  const abort = () => waiting?.stop();
  if (wait?.signal?.aborted) abort();
  else wait?.signal?.addEventListener("abort", abort, { once: true });
  try {
    const issued = await record(fleet, caller, id, { ...request, permission }, { signal, checkOthers });
    if (waiting === undefined || hasEnded(issued)) return issued;
    waiting.startFrom(issued);
    return (await waiting.ended) ?? issued;
  } finally {
    wait?.signal?.removeEventListener("abort", abort);
    waiting?.stop();
  }
}

async function record(
  fleet: Dependencies,
  caller: Caller,
  id: string,
  request: IssueRequest & { readonly permission: DevicePermission },
  {
    signal,
    checkOthers,
  }: { readonly signal: AbortSignal | undefined; readonly checkOthers: IssueOptions["checkOthers"] },
): Promise<Command> {
  const { device, name, params, deadline, reason, idempotencyKey, permission } = request;
  const newest = () => {
    const last = permission.newest;
    mustBeRegistered(device, last);
    return last;
  };
  const fields: CommandIssued["data"] = {
    command: id,
    name,
    deadline,
    ...(params !== undefined && { params }),
    ...(reason !== undefined && { reason }),
    ...(idempotencyKey !== undefined && { idempotencyKey }),
    device,
    by: caller.by,
  };
  for (;;) {
    const from = steadyTime();
    const { state, event, duplicate } = await fleet.writer.record({
      decider: commandDecider,
      // No last sequence is needed: a random id can't exist yet, and the log stores the id of an idempotency key once.
      load: async () => {
        const state = idempotencyKey === undefined ? undefined : await loadIssued(fleet, id, device);
        // A repeated request is not checked again: the device may declare something else by now.
        if (state === undefined && request.unchecked !== true) await mustBeDeclared(fleet, newest(), device, request);
        const lastSeq =
          state !== undefined || checkOthers === undefined
            ? undefined
            : ((await fleet.log.last("command", device))?.seq ?? 0);
        if (lastSeq !== undefined) await checkOthers?.(lastSeq);
        if (state === undefined) await permission.renew();
        return { state, ...(lastSeq !== undefined && { lastSeq }) };
      },
      command: { type: "IssueCommand", ...fields },
      entity: device,
      metadata: () => ({ ...metadataOf(caller), account: accountOf(newest()), id: commandEventId.issued(id) }),
      timeoutMs: APPEND_TIMEOUT_MS,
      beforeAppend: (event) => {
        mustFit(event);
        permission.mustBeRecent();
      },
      ...(signal !== undefined && { signal }),
    });
    // With an idempotency key, a duplicate means that another call has issued the command: load it. After a slow
    // append, the log may hold the event of each call; the loaded state shows which one counts. Without a key, a
    // duplicate is our own append, sent again after a lost acknowledgement.
    const late = steadyTime() - from > LATE_MS;
    if (event !== undefined && (duplicate || late) && idempotencyKey !== undefined) continue;
    if (event?.type === "CommandIssued") {
      fleet.deliverLocally?.(event);
      sendLiveMessage(fleet.bus, device, "command", { event });
    }
    return state as Command;
  }
}

async function loadIssued(fleet: Dependencies, id: string, device: string): Promise<Command | undefined> {
  const last = await fleet.log.last("command", device);
  return last === undefined ? undefined : commandFrom(fleet.views, id, last.seq, { whenAway: "wait" });
}

/** The id of a command that was issued with an idempotency key. */
export function commandIdFrom(by: string, device: string, key: string): string {
  return createHash("sha256")
    .update(JSON.stringify([by, device, key]))
    .digest("base64url")
    .slice(0, 32);
}

/** A command over the limit would break the views' answers that contain it. */
function mustFit(event: FleetEvent): void {
  const bytes = Buffer.byteLength(encodeEvent(event));
  if (bytes <= MAX_COMMAND_BYTES) return;
  throw new FleetError("payload-too-large", `a command of ${bytes} bytes is larger than ${MAX_COMMAND_BYTES}`, {
    field: "params",
  });
}
