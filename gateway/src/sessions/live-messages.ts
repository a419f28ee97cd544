import { type Causation, isOlderSession, isSameSession, type SessionReference } from "@fleetlog/domain";
import type { LiveKind, LiveMessages } from "@fleetlog/protocol";
import type { CommandQueue } from "./commands/command-queue.ts";
import type { DeviceSession } from "./device-session.ts";
import { issuedBy } from "./ends/certified-sessions.ts";
import { MOVED, RETIRED, SUPERSEDED } from "./ends/end-details.ts";
import type { Revalidation } from "./ends/revalidation.ts";

/** What a live message about a session's device may change. */
export interface LiveTarget {
  readonly session: DeviceSession;
  readonly commands: CommandQueue;
  readonly revalidation: Revalidation;
}

export function applyLiveMessage(target: LiveTarget, kind: LiveKind, data: unknown): void {
  const { session, commands, revalidation } = target;
  switch (kind) {
    case "command":
      commands.addCommand((data as LiveMessages["command"]).event);
      break;
    case "ended":
      commands.endedElsewhere((data as LiveMessages["ended"]).command, (data as LiveMessages["ended"]).reason);
      break;
    case "session":
      opened(target, data as LiveMessages["session"]);
      break;
    case "retired":
      session.end("retired", RETIRED, causeIn(data));
      break;
    case "moved":
      session.end("moved", MOVED, causeIn(data));
      break;
    case "changed":
      // Any change may have taken the device out of a group, which matters only for certificates of customers'
      // authorities: no other credential can be limited to a group.
      if ((data as LiveMessages["changed"]).access === true || issuedBy(session) === "customer")
        void revalidation.revalidate(session, false);
      break;
    case "credential":
      revalidation.credentialChanged(session, causeIn(data));
      break;
  }
}

/** @param reference of the session that was opened */
function opened({ session, revalidation }: LiveTarget, reference: SessionReference): void {
  if (isSameSession(session.reference, reference)) return;
  if (isOlderSession(session.reference, reference)) session.end("superseded", SUPERSEDED);
  // The opened session's message came late, or the log has lost `session`. The log decides.
  else void revalidation.revalidate(session, true);
}

/** Undefined if the message names no event. */
function causeIn(data: unknown): Causation | undefined {
  const causedBy = data as Causation;
  return causedBy.causationid === undefined ? undefined : causedBy;
}
