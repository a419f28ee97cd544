import { FleetError, invalid, parseDeviceId, WHOLE_FLEET } from "@fleetlog/domain";
import { authorize, deviceTokenOf, type NewLogin } from "@fleetlog/identity";
import type { DialectName } from "@fleetlog/protocol";
import { withRoom } from "../accounts/device-limit.ts";
import { accountFor } from "../accounts/owner.ts";
import type { Caller } from "../caller.ts";
import { mustBeType } from "../configuration/device-types.ts";
import type { Fleet } from "../dependencies/fleet.ts";
import { mustHaveFreeLogin } from "../logins/free-login.ts";
import { isNewest, isRecorded, newBytes } from "../repeated.ts";
import { alignCredential } from "./credential.ts";
import { type Done, decideOn } from "./decide.ts";
import { type AskedLogin, idOf, loginOf, makesIds, newDeviceId } from "./login/of-dialect.ts";
import { giveBack, mustHoldLogin, takeLogin } from "./login/take.ts";
import { mustHaveOwnTag } from "./own-tags.ts";
import { TOKEN_EVENTS } from "./rotate-token.ts";

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
 * issued. A device without a token can be given one, but a token without a device would be access that no view shows. A
 * device of a dialect gets no token.
 * @throws FleetError `invalid-request`, `forbidden` naming `tags`, `device-exists`, `provision-request-exists`,
 * `account-unknown`, `limit-reached`, `conflict`, `log-unavailable`, `log-full`
 */
export async function registerDevice(
  fleet: Registration,
  caller: Caller,
  request: RegisterRequest,
): Promise<RegisteredDevice> {
  authorize(caller.principal, "device.register", WHOLE_FLEET);
  const named = withId(caller, request);
  const { id } = identified(named);
  const account = accountFor(caller, "device.register", request.account);
  const register = () => registerIn(fleet, caller, account, named);
  if (await isRecorded(fleet, caller, ["device", id, "RegisterDevice"])) return register();
  return withRoom(fleet, account, ({ add }) => add(register));
}

/**
 * Adds an id if the dialect makes the ids and the caller's request may run again: each run then registers the same
 * device.
 * @param index of the device in the request
 */
export function withId(caller: Caller, request: RegisterRequest, index = 0): RegisterRequest {
  if (caller.repeatable === undefined || request.id !== undefined || !makesIds(request.dialect)) return request;
  return { ...request, id: newDeviceId(newBytes(caller, `device id ${index}`)) };
}

/** As {@link registerDevice}, in an account that has room. */
export async function registerIn(
  fleet: Registration,
  caller: Caller,
  account: string,
  request: RegisterRequest,
): Promise<RegisteredDevice> {
  const { name, tags = [], type, dialect } = request;
  const { id: device, login } = identified(request);
  const { token = deviceTokenOf(device, newBytes(caller, `token ${device}`)) } = request;
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
  const isFree = async () => {
    await mustHaveFreeLogin(fleet, device);
    if (dialect !== undefined && login !== undefined)
      await mustHoldLogin(fleet, { device, dialect, login: login.login });
  };
  const decide = () => decideOn(fleet, caller, device, command, isFree, account);
  const since = await fleet.credentials.revisionOf(device);
  if (dialect === undefined) {
    const { lastSeq: seq, duplicate } = await decide();
    if (token === null) return { id: device, seq, token: "" };
    if (!duplicate || (await lacksCredential(fleet, caller, device)))
      await stored(fleet, caller, { device, seq }, () => fleet.credentials.issueSince(device, since, account, token));
    return { id: device, seq, token };
  }
  const taken = login === undefined ? [] : await takeLogin(fleet, caller, { device, dialect, login: login.login });
  const { lastSeq: seq, duplicate } = await decide().catch(async (error: unknown) => {
    if (!mayBeStored(error)) await giveBack(fleet, device, taken);
    throw error;
  });
  if (!duplicate || (await lacksCredential(fleet, caller, device))) {
    const issue = () => fleet.credentials.issueLogin(device, dialect, login, account, since);
    await stored(fleet, caller, { device, seq }, issue);
  }
  return { id: device, seq, token: "" };
}

/**
 * Stores the credential of a registered device, unless another gateway has retired the device or given it another credential
 * since.
 */
async function stored(
  fleet: Registration,
  caller: Caller,
  { device, seq }: { readonly device: string; readonly seq: number },
  issue: () => Promise<boolean>,
): Promise<void> {
  if (!(await issue()) && !(await isStoredByOtherRun(fleet, caller, device))) {
    throw new FleetError("conflict", `device ${device} was retired or got another credential meanwhile`, {
      advice: "Look at the device. If it is registered, give it a new token.",
    });
  }
  await alignCredential(fleet, device, seq);
}

async function isStoredByOtherRun(fleet: Registration, caller: Caller, device: string): Promise<boolean> {
  const isValid = (await fleet.credentials.statusOf(device)) === "valid";
  return isValid && (await isNewest(fleet, caller, ["device", device, "RegisterDevice"], TOKEN_EVENTS));
}

/** Whether an interrupted run of the request has registered the device without its credential. */
async function lacksCredential(fleet: Registration, caller: Caller, device: string): Promise<boolean> {
  // This request can't have run before: only its append was repeated.
  if (caller.repeatable === undefined && caller.eventId === undefined) return true;
  if ((await fleet.credentials.statusOf(device)) === "valid") return false;
  return isNewest(fleet, caller, ["device", device, "RegisterDevice"], TOKEN_EVENTS);
}

/** Whether the registration may be in the log in spite of the error. If so, the device's names stay taken. */
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
