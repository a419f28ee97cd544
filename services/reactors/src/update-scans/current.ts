import { definitionEntity } from "@fleetlog/domain";
import type { EventLog } from "@fleetlog/log";
import type { DefinedCatalogue } from "./react.ts";

/** The catalogues as they are in the log now, without those that were deleted or switched off. */
export async function currentOf(
  { log }: { readonly log: Pick<EventLog, "last"> },
  catalogues: readonly DefinedCatalogue[],
): Promise<readonly DefinedCatalogue[]> {
  const found = catalogues.map(async ({ name, account }): Promise<readonly DefinedCatalogue[]> => {
    const last = await log.last("catalogue", definitionEntity({ name, account }));
    if (last?.type !== "CatalogueDefined" || !last.data.definition.enabled) return [];
    return [{ name, account, catalogue: last.data.definition, seq: last.seq }];
  });
  return (await Promise.all(found)).flat();
}

export function areSame(some: readonly DefinedCatalogue[], others: readonly DefinedCatalogue[]): boolean {
  return some.length === others.length && some.every(({ seq }, i) => seq === others[i]?.seq);
}
