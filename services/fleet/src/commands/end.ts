import {
  accountOf,
  type Command,
  type CommandEvent,
  type CommandOperation,
  commandDecider,
  commandEventId,
  FleetError,
  type RecordedEvent,
} from "@fleetlog/domain";
import { scopeOf } from "@fleetlog/identity";
import { steadyTime } from "@fleetlog/log";
import { allowOnDevice } from "../allow.ts";
import { APPEND_TIMEOUT_MS } from "../append-timeout.ts";
import { type Caller, metadataOf } from "../caller.ts";
import type { Fleet } from "../dependencies/fleet.ts";
import { DevicePermission } from "../device-permission.ts";
import { sendLiveMessage } from "../live-message.ts";
import type { QueryOptions } from "../views/views.ts";
import type { Outcome } from "../writer/decision.ts";
import { commandFrom, findCommand } from "./look-up.ts";

/** An end without the device: an operator or a rule cancels the command, or its deadline passes. */
export type CommandEnding = Extract<CommandOperation, { type: "CancelCommand" | "ExpireCommand" }>;

export interface EndOptions {
  /** Event id, equal in all processes that may end the command for this reason; default: random. */
  readonly id?: string;
  /** As in `AppendOptions`; default: the append waits without limit. */
  readonly timeoutMs?: number;
  readonly query?: Pick<QueryOptions, "whenAway">;
  readonly signal?: AbortSignal;
}

type Dependencies = Pick<Fleet, "log" | "bus" | "writer" | "views">;

/**
 * Ends a command that has not ended, and notifies the gateway of the device's session.
 * @throws FleetError `command-unknown`, `command-ended` (cancelling a command that ended in another way),
 * `view-behind`, `view-unavailable`, `log-unavailable`, `log-full`, `conflict`
 */
export async function endCommand(
  { log, bus, writer, views }: Dependencies,
  caller: Caller,
  ending: CommandEnding,
  { id, timeoutMs, query, signal }: EndOptions = {},
): Promise<Outcome<Command | undefined, CommandEvent>> {
  const { device, command } = ending;
  const fleet = { views, log };
  const at = steadyTime();
  await allowOnDevice(fleet, caller, "command.cancel", device);
  const permission = new DevicePermission({ fleet, caller, action: "command.cancel", device }, undefined, at);
  let last: RecordedEvent | undefined;
  const outcome = await writer.record({
    decider: commandDecider,
    load: async () => {
      last = await log.last("command", device);
      const lastSeq = last?.seq ?? 0;
      const state = await commandFrom(views, command, lastSeq, query);
      await permission.renew();
      return { state, lastSeq };
    },
    command: ending,
    entity: device,
    metadata: (state) => ({
      ...(state?.correlationid !== undefined && { correlationid: state.correlationid }),
      causationid: commandEventId.issued(command),
      ...metadataOf(caller),
      account: accountOf(last ?? {}),
      ...(id !== undefined && { id }),
    }),
    beforeAppend: () => permission.mustBeRecent(),
    ...(timeoutMs !== undefined && { timeoutMs }),
    ...(signal !== undefined && { signal }),
  });
  if (outcome.event !== undefined) {
    const reason = ending.type === "CancelCommand" ? "cancelled" : "expired";
    sendLiveMessage(bus, device, "ended", { command, reason });
  }
  return outcome;
}

/** @throws FleetError as {@link endCommand} does */
export async function cancelCommand(
  fleet: Dependencies & Pick<Fleet, "commandTail">,
  caller: Caller,
  id: string,
  reason?: string,
): Promise<Command> {
  const query = { whenAway: "wait" } as const;
  const scope = scopeOf(caller.principal, "command.cancel");
  const found = await findCommand(fleet, id, { ...query, scope });
  const unknown = new FleetError("command-unknown", `there is no command ${id}`, { field: "id" });
  if (found === undefined) throw unknown;
  const { device } = found;
  await allowOnDevice(fleet, caller, "command.cancel", device).catch((error: unknown) => {
    throw error instanceof FleetError && error.code === "device-unknown" ? unknown : error;
  });
  const { by } = caller;
  const ending = { type: "CancelCommand", command: id, device, by, ...(reason !== undefined && { reason }) } as const;
  const { state, lastSeq } = await endCommand(fleet, caller, ending, { timeoutMs: APPEND_TIMEOUT_MS, query });
  fleet.commandTail.noteWritten(lastSeq);
  return state ?? (found as Command);
}
