import { type Command, FleetError, isCommandId, type Scope, unansweredError } from "@fleetlog/domain";
import { findCommand } from "@fleetlog/fleet";
import type { CommandResource } from "@fleetlog/protocol";
import type { HttpContext } from "../../context.ts";
import { READER } from "../../input/reader-options.ts";

/** @throws FleetError `command-unknown` */
export async function commandIn(fleet: HttpContext["fleet"], id: string, scope: Scope): Promise<CommandResource> {
  const found = isCommandId(id) ? await findCommand(fleet, id, { scope, ...READER }) : undefined;
  if (found === undefined) throw new FleetError("command-unknown", `there is no command ${id}`, { field: "id" });
  return found;
}

/**
 * Leaves out the idempotency key and the session id, which are internal, and adds the error of an unanswered command.
 */
export function toResource({ idempotencyKey: _, session: __, ...command }: Command): CommandResource {
  const { error = unansweredError(command), ...rest } = command;
  return { ...rest, ...(error !== undefined && { error: { ...error } }) };
}
