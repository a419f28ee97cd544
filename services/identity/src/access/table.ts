import type { Action, Role } from "@fleetlog/domain";

/** Who may do an action. Parts of Fleetlog may do everything. */
export interface Permission {
  readonly roles: readonly Role[];
  /** A device, for itself. */
  readonly device: boolean;
  /** Also who is not known. */
  readonly anybody: boolean;
}

const device: Permission = { roles: [], device: true, anybody: false };
const look: Permission = { roles: ["viewer", "operator", "admin"], device: false, anybody: false };
const act: Permission = { roles: ["operator", "admin"], device: false, anybody: false };
const anybody: Permission = { roles: [], device: false, anybody: true };

/** The one table of who may do what. */
export const MAY: Readonly<Record<Action, Permission>> = {
  "telemetry.report": device,
  "profile.report": device,
  "event.report": device,
  "command.receive": device,
  "command.answer": device,

  "device.read": look,
  "device.register": act,
  "device.change": act,
  "device.retire": act,
  "device.rotate-token": act,
  "command.read": look,
  "command.issue": act,
  "command.cancel": act,
  "system.read": look,
  "session.read": look,

  "session.begin": anybody,
  "session.end": anybody,
  "health.read": anybody,
  "api.describe": anybody,
  "pages.read": anybody,
};
