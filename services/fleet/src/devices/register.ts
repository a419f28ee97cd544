import { type DialectName, FleetError, invalid, parseDeviceId, WHOLE_FLEET } from "@fleetlog/domain";
import { authorize, type NewLogin } from "@fleetlog/identity";
import { withRoom } from "../accounts/device-limit.ts";
import { accountFor } from "../accounts/owner.ts";
import type { Caller } from "../caller.ts";
import { mustBeType } from "../configuration/device-types.ts";
import type { Fleet } from "../fleet.ts";
import { mustHaveFreeLogin } from "../provisioning/free-login.ts";
import { type Done, decideOn } from "./decide.ts";
import { type AskedLogin, idOf, loginOf } from "./login/of-dialect.ts";
import { giveBack, takeLogin } from "./login/take.ts";
import { mustHaveOwnTag } from "./own-tags.ts";

export interface RegisterRequest {
  /** May be absent if the dialect or the log-in gives the id. */
  readonly id?: unknown;
  readonly name?: string | undefined;
  readonly tags?: readonly string[] | undefined;
  readonly account?: string | undefined;
  readonly type?: string | undefined;
  /** Default: a new token. Null: no token, for a device with a claim code. */
  readonly token?: string | null;
  /** Default: a native device. */
  readonly dialect?: DialectName | undefined;
  readonly login?: AskedLogin["login"];
  readonly address?: string | undefined;
}

/** The token is empty for a device that has none. */
export type RegisteredDevice = Done & { readonly id: string; readonly token: string };

export type Registration = Pick<
  Fleet,
  "log" | "writer" | "views" | "accounts" | "credentials" | "typeCommands" | "provisioner" | "deviceLogins"
>;

/**
 * Registers a device and resolves with its token, which can't be read again. The event is appended before the token is
 * issued: a device without a token can be given one, but a token without a device would be access that no view shows. A
 * device of a dialect gets no token.
 * @throws FleetError `invalid-request`, `forbidden` naming `tags`, `device-exists`, `provision-request-exists`, `account-unknown`, `limit-reached`,
 * `conflict`, `log-unavailable`, `log-full`
 */
export async function registerDevice(
  fleet: Registration,
  caller: Caller,
  request: RegisterRequest,
): Promise<RegisteredDevice> {
  authorize(caller.principal, "device.register", WHOLE_FLEET);
  identified(request);
  const account = accountFor(caller, "device.register", request.account);
  return withRoom(fleet, account, ({ add }) => add(() => registerIn(fleet, caller, account, request)));
}

/** As {@link registerDevice}, in an account that has room. */
export async function registerIn(
  fleet: Registration,
  caller: Caller,
  account: string,
  request: RegisterRequest,
): Promise<RegisteredDevice> {
  const { name, tags = [], type, token, dialect } = request;
  const { id: device, login } = identified(request);
  mustHaveOwnTag(caller, "device.register", tags);
  if (type !== undefined) await mustBeType(fleet, { name: type, account });
  const { by } = caller;
  const given = {
    ...(name !== undefined && { name }),
    ...(type !== undefined && { deviceType: type }),
    ...(dialect !== undefined && { dialect }),
    ...(login !== undefined && { login: login.login }),
  };
  const command = { type: "RegisterDevice", device, tags, account, by, ...given } as const;
  const isFree = () => mustHaveFreeLogin(fleet, device);
  const decide = () => decideOn(fleet, caller, device, command, isFree, account);
  if (dialect === undefined) {
    const { lastSeq: seq } = await decide();
    return { id: device, seq, token: token === null ? "" : await fleet.credentials.issue(device, account, token) };
  }
  const taken = login === undefined ? [] : await takeLogin(fleet, caller, { device, dialect, login: login.login });
  const { lastSeq: seq } = await decide().catch(async (error: unknown) => {
    if (!mayBeStored(error)) await giveBack(fleet, device, taken);
    throw error;
  });
  await fleet.credentials.issueLogin(device, dialect, login, account);
  return { id: device, seq, token: "" };
}

/** Whether the log may have the event of the registration, whose names then stay taken. */
function mayBeStored(error: unknown): boolean {
  return !(error instanceof FleetError) || error.code === "log-unavailable" || error.code === "device-exists";
}

/** @throws FleetError `invalid-request` */
function identified({ id, dialect, login: asked, address }: RegisterRequest): {
  readonly id: string;
  readonly login: NewLogin | undefined;
} {
  if (dialect === undefined) {
    if (asked !== undefined) throw invalid("login", "a log-in is for a device of a dialect");
    if (address !== undefined) throw invalid("address", "an address is for a device of a dialect");
    return { id: parseDeviceId(id), login: undefined };
  }
  const login = loginOf(dialect, { login: asked, address }, true);
  return { id: parseDeviceId(idOf(dialect, id, login?.login)), login };
}
