import { parseDeviceId, WHOLE_FLEET } from "@fleetlog/domain";
import { authorize } from "@fleetlog/identity";
import { withRoom } from "../accounts/device-limit.ts";
import { accountFor } from "../accounts/owner.ts";
import type { Caller } from "../caller.ts";
import { mustBeType } from "../configuration/device-types.ts";
import type { Fleet } from "../fleet.ts";
import { mustHaveFreeLogin } from "../provisioning/free-login.ts";
import { type Done, decideOn } from "./decide.ts";
import { mustHaveOwnTag } from "./own-tags.ts";

export interface RegisterRequest {
  readonly id: unknown;
  readonly name?: string | undefined;
  readonly tags?: readonly string[] | undefined;
  readonly account?: string | undefined;
  readonly type?: string | undefined;
  /** Default: a new token. Null: no token, for a device with a claim code. */
  readonly token?: string | null;
}

export type Registration = Pick<
  Fleet,
  "log" | "writer" | "views" | "accounts" | "credentials" | "typeCommands" | "provisioner"
>;

/**
 * Registers a device. Its token can't be read again. The event comes before the token: a token without a device would
 * be access that no view shows.
 * @throws FleetError `invalid-request`, `forbidden` naming `tags`, `device-exists`, `provision-request-exists`,
 * `account-unknown`, `limit-reached`, `conflict`, `log-unavailable`, `log-full`
 */
export async function registerDevice(
  fleet: Registration,
  caller: Caller,
  request: RegisterRequest,
): Promise<Done & { readonly token: string }> {
  authorize(caller.principal, "device.register", WHOLE_FLEET);
  parseDeviceId(request.id);
  const account = accountFor(caller, "device.register", request.account);
  return withRoom(fleet, account, ({ add }) => add(() => registerIn(fleet, caller, account, request)));
}

/** As {@link registerDevice}, in an account that has room. */
export async function registerIn(
  fleet: Registration,
  caller: Caller,
  account: string,
  { id, name, tags = [], type, token }: RegisterRequest,
): Promise<Done & { readonly token: string }> {
  const device = parseDeviceId(id);
  mustHaveOwnTag(caller, "device.register", tags);
  if (type !== undefined) await mustBeType(fleet, { name: type, account });
  const { by } = caller;
  const given = { ...(name !== undefined && { name }), ...(type !== undefined && { deviceType: type }) };
  const command = { type: "RegisterDevice", device, tags, account, by, ...given } as const;
  const isFree = () => mustHaveFreeLogin(fleet, device);
  const { lastSeq } = await decideOn(fleet, caller, device, command, isFree, account);
  return { seq: lastSeq, token: token === null ? "" : await fleet.credentials.issue(device, account, token) };
}
