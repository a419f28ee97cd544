import { FleetError, isDeviceId } from "@fleetlog/domain";
import type { DeviceDetail, DeviceResource } from "@fleetlog/protocol";
import type { FastifyRequest } from "fastify";
import { scopeFor } from "../../../http/access/authorize.ts";
import type { DialectHttpContext } from "../../../http/context.ts";
import { readerOptions } from "../../../http/input/reader-options.ts";
import { NAME } from "../name.ts";

export type FoundDevice = Omit<DeviceDetail, "lastRefused" | "profileFault">;
export type FindContext = {
  readonly fleet: Pick<DialectHttpContext["fleet"], "log" | "views">;
  readonly notifiedSeq: DialectHttpContext["notifiedSeq"];
};

/** A device of TPEDM without a log-in is known by its id. */
export function clientIdOf({ id, login }: Pick<DeviceResource, "id" | "login">): string {
  return login?.clientId ?? id;
}

/**
 * Finds a device, also one that was just registered: if the views do not know the device, they are queried again once
 * they include the whole log.
 * @throws FleetError `device-unknown` if no device of TPEDM has the client id, or if the caller may not see it;
 * `conflict` if several devices with different user names have it
 */
export async function findDevice(
  { fleet: { log, views }, notifiedSeq }: FindContext,
  request: FastifyRequest,
  clientId: string,
): Promise<FoundDevice> {
  const scope = scopeFor(request);
  const get = async (id: string) => {
    const last = await log.last("device", id);
    if (last === undefined) return undefined;
    const found = await views.query("devices.get", { id }, { scope, ...readerOptions(last.seq) });
    const isWanted = found?.dialect === NAME && found.status !== "retired" && clientIdOf(found) === clientId;
    return isWanted ? found : undefined;
  };
  const search = async (atLeast: number) => {
    const wanted = { dialect: NAME, clientId };
    const [id, ...others] = await views.query("devices.withClientId", wanted, { scope, ...readerOptions(atLeast) });
    if (others.length > 0) throw ambiguous(clientId);
    return id === undefined ? undefined : get(id);
  };
  const found =
    (isDeviceId(clientId) ? await get(clientId) : undefined) ??
    (await search(notifiedSeq())) ??
    (await search((await log.state("FLEET")).lastSeq));
  if (found === undefined)
    throw new FleetError("device-unknown", `there is no device ${clientId}`, { field: "clientid" });
  return found;
}

function ambiguous(clientId: string): FleetError {
  return new FleetError("conflict", `several devices have the client id ${clientId}, with different user names`, {
    field: "clientid",
    advice: "Use Fleetlog's own API, or give the devices different client ids.",
  });
}
