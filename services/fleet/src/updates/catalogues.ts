import { randomUUID } from "node:crypto";
import {
  type Catalogue,
  type CatalogueState,
  catalogueDecider,
  type DefinitionId,
  definitionEntity,
  FleetError,
} from "@fleetlog/domain";
import { CatalogueKeys, findInstallation } from "@fleetlog/identity";
import type { Buckets } from "@fleetlog/log";
import type { CatalogueBody } from "@fleetlog/protocol";
import type { Caller } from "../caller.ts";
import {
  changeable,
  type DefinitionDone,
  decideDefinition,
  mustHaveRevision,
  type NamedDefinition,
} from "../configuration/definitions.ts";
import type { Fleet } from "../dependencies/fleet.ts";
import type { InstallationSettings } from "../settings.ts";
import { loadFromLog } from "../writer/load.ts";
import { checkedCatalogue } from "./checks.ts";

const CATALOGUES = { decider: catalogueDecider, category: "catalogue" } as const;
/** Maximum number of catalogues in an account, because a scan asks each of them. */
const MAX_CATALOGUES = 50;

type Dependencies = Pick<Fleet, "log" | "writer" | "views" | "accounts" | "catalogueKeys">;

/**
 * Saves a catalogue, or replaces it. A key that the request does not give stays while its certificate stays the same.
 * @throws FleetError `invalid-request` naming the wrong field, `precondition-failed`, `conflict`, `limit-reached`,
 * `forbidden`, `account-unknown`, `log-unavailable`, `log-full`; errors of `Views.query`
 */
export async function putCatalogue(
  fleet: Dependencies,
  caller: Caller,
  named: NamedDefinition,
  body: CatalogueBody,
  { now, ifRevision }: { readonly now: number; readonly ifRevision?: readonly string[] | undefined },
): Promise<DefinitionDone<Catalogue>> {
  const { catalogueKeys } = fleet;
  const id = await changeable(fleet, caller, "catalogue.change", named);
  const { key, ...shown } = checkedCatalogue(body, now);
  const entity = definitionEntity(id);
  const { state: before } = await loadFromLog(fleet.log, catalogueDecider, "catalogue", entity);
  mustHaveRevision(before, `catalogue ${id.name}`, ifRevision);
  const keptId = keyIdOf(before);
  const isKept = key === undefined && keptId !== undefined && certificateOf(before) === shown.certificate;
  if (shown.certificate !== undefined && key === undefined && !isKept)
    throw new FleetError("invalid-request", "key is needed: the key of the certificate", { field: "key" });
  const keyId = isKept ? keptId : key === undefined ? undefined : randomUUID();
  if (key !== undefined && keyId !== undefined) await catalogueKeys.keep(entity, keyId, key);
  const forget = async (old: string | undefined) => {
    if (old !== undefined && !isKept) await catalogueKeys.forget(entity, old).catch(() => undefined);
  };
  const { enabled = true, ...rest } = shown;
  const definition = { ...rest, enabled, ...(keyId !== undefined && { key: keyId }) } as Catalogue;
  try {
    const command = { type: "Define", ...id, definition, by: caller.by } as const;
    const done = await decideDefinition(fleet, caller, CATALOGUES, command, async (state) => {
      mustHaveRevision(state, `catalogue ${id.name}`, ifRevision);
      if (keyIdOf(state) !== keptId)
        throw new FleetError("conflict", "the catalogue was changed meanwhile", { advice: "Try again." });
      if (state.status !== "defined") await mustHaveRoom(fleet, id);
    });
    await forget(keptId);
    return done;
  } catch (error) {
    // After an unknown outcome, the event may be stored and needs the key.
    if (error instanceof FleetError && error.code !== "log-unavailable") await forget(keyId);
    throw error;
  }
}

/** @throws FleetError `catalogue-unknown`, and as {@link putCatalogue} */
export async function deleteCatalogue(
  fleet: Dependencies,
  caller: Caller,
  named: NamedDefinition,
  ifRevision?: readonly string[],
): Promise<DefinitionDone<Catalogue>> {
  const id = await changeable(fleet, caller, "catalogue.change", named);
  let key: string | undefined;
  const command = { type: "Delete", ...id, by: caller.by } as const;
  const done = await decideDefinition(fleet, caller, CATALOGUES, command, (state) => {
    if (state.status !== "defined") throw unknownCatalogue(id.name);
    mustHaveRevision(state, `catalogue ${id.name}`, ifRevision);
    key = keyIdOf(state);
  });
  if (key !== undefined) await fleet.catalogueKeys.forget(definitionEntity(id), key).catch(() => undefined);
  return done;
}

export function unknownCatalogue(name: string, field = "name"): FleetError {
  return new FleetError("catalogue-unknown", `there is no catalogue ${name}`, { field });
}

/**
 * Undefined while no gateway has started yet.
 * @throws SettingsError as `openInstallation` does; FleetError `log-unavailable`
 */
export async function openCatalogueKeys(
  settings: InstallationSettings,
  buckets: Buckets,
): Promise<CatalogueKeys | undefined> {
  const sealer = await findInstallation(settings, buckets);
  return sealer === undefined ? undefined : new CatalogueKeys(buckets, sealer);
}

function keyIdOf(state: CatalogueState): string | undefined {
  return state.status === "defined" ? state.definition.key : undefined;
}

function certificateOf(state: CatalogueState): string | undefined {
  return state.status === "defined" ? state.definition.certificate : undefined;
}

async function mustHaveRoom({ views }: Dependencies, { account }: Required<DefinitionId>): Promise<void> {
  const { total } = await views.query("catalogues.list", { account, limit: 1 }, { whenAway: "wait" });
  if (total >= MAX_CATALOGUES)
    throw new FleetError("limit-reached", `there are ${MAX_CATALOGUES} catalogues, which is the maximum`, {
      advice: "Delete one that is not used.",
    });
}
