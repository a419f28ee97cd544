import { type Command, FleetError, mustBeRegistered } from "@fleetlog/domain";
import { scopeOf } from "@fleetlog/identity";
import { dialectLogins, type FoundUpdate, type SendUpdateBody } from "@fleetlog/protocol";
import { allowWithNewest } from "../allow.ts";
import type { Caller } from "../caller.ts";
import { deadlineFrom } from "../commands/deadline.ts";
import { commandIdFrom, issueCommand } from "../commands/issue.ts";
import type { Fleet } from "../dependencies/fleet.ts";
import { newId } from "../repeated.ts";

/** The command by which devices install a package. */
const UPDATE = "update";
const DEADLINE_MS = 2 * 3_600_000;

type Dependencies = Pick<Fleet, "log" | "bus" | "writer" | "views" | "typeCommands">;

export interface SendUpdateRequest extends SendUpdateBody {
  readonly device: string;
}

/**
 * Issues a command that installs what the newest scan has found for the device. Without a package, the first one that
 * can be installed is chosen, firmware before software.
 * @throws FleetError `dialect-mismatch`, `update-unavailable`, and as {@link issueCommand}
 */
export async function sendUpdate(
  fleet: Dependencies,
  caller: Caller,
  { device, package: name, catalogue, deadline, reason }: SendUpdateRequest,
  now: number,
): Promise<Command> {
  const last = await allowWithNewest(fleet, caller, "command.issue", device);
  mustBeRegistered(device, last);
  const options = { whenAway: "wait", atLeast: last.seq } as const;
  const [held] = await fleet.views.query("updates.held", { ids: [device] }, options);
  if (held === undefined || dialectLogins(held.dialect)?.installsUpdates !== true)
    throw new FleetError("dialect-mismatch", "only devices of TPEDM install updates that are sent to them");
  const update = await found(
    fleet,
    caller,
    device,
    ({ package: of, catalogue: by }) => (name ?? of) === of && (catalogue ?? by) === by,
  );
  // A request that runs again after a crash issues the same command.
  const from = caller.repeatable?.since ?? now;
  const idempotencyKey = caller.repeatable === undefined ? undefined : newId(caller, "update");
  const own = idempotencyKey === undefined ? undefined : commandIdFrom(caller.by, device, idempotencyKey);
  const params = {
    package: update.package,
    category: update.category,
    version: update.available,
    url: update.url,
    requestedAt: new Date(from).toISOString(),
  };
  const request = {
    ...{ device, name: UPDATE, params, deadline: deadlineFrom(deadline, from, DEADLINE_MS) },
    ...(reason !== undefined && { reason }),
    ...(idempotencyKey !== undefined && { idempotencyKey }),
  };
  const checkOthers = (lastSeq: number) => mustNotBeOnItsWay(fleet, device, update.package, own, lastSeq);
  return issueCommand(fleet, caller, request, { checkOthers });
}

async function mustNotBeOnItsWay(
  { views }: Dependencies,
  device: string,
  name: string,
  own: string | undefined,
  atLeast: number,
): Promise<void> {
  const open = { device, state: ["open" as const], name: UPDATE };
  const { items } = await views.query("commands.list", open, { whenAway: "wait", atLeast });
  const same = items.find(
    ({ id, params }) => id !== own && (params as { package?: unknown } | undefined)?.package === name,
  );
  if (same === undefined) return;
  throw new FleetError("update-unavailable", `command ${same.id}, which installs ${name} on ${device}, has not ended`, {
    field: "package",
  });
}

async function found(
  { views }: Dependencies,
  { principal }: Caller,
  device: string,
  isAsked: (update: FoundUpdate) => boolean,
): Promise<FoundUpdate> {
  const options = { scope: scopeOf(principal, "command.issue"), whenAway: "wait", whenBehind: "newest" } as const;
  const { items } = await views.query("updates.list", { device }, options);
  const asked = (items[0]?.updates ?? []).filter(isAsked);
  const installable = asked.find(({ state, url }) => state === "available" && isPackage(url));
  if (installable !== undefined) return installable;
  const [first] = asked;
  throw new FleetError("update-unavailable", `nothing can be installed on ${device}: ${whyNot(first)}`, {
    field: "package",
    advice: "Look at what the newest scan has found, or start a scan.",
  });
}

function whyNot(update: FoundUpdate | undefined): string {
  if (update === undefined) return "no scan has found such a package for it";
  const { package: name, state, needs = [] } = update;
  if (state === "available") return `the catalogue has no address of ${name}`;
  const [need] = needs;
  return need === undefined ? `${name} is ${state}` : `${name} needs ${need.package} ${need.version} first`;
}

function isPackage(url: string | undefined): boolean {
  return url !== undefined && /^https?:\/\//i.test(url);
}
