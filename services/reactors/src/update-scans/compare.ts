import {
  type CatalogueFailure,
  type FoundUpdate,
  isCatalogueFor,
  isForModel,
  MAX_UPDATES,
  offerList,
  updatesOf,
} from "@fleetlog/domain";
import type { HeldVersions } from "@fleetlog/protocol";
import { type Answers, READERS } from "./catalogues/answers.ts";
import type { ListedOffer } from "./catalogues/reader.ts";
import type { DefinedCatalogue } from "./react.ts";

export interface Comparison {
  readonly updates: readonly FoundUpdate[];
  readonly failures: readonly CatalogueFailure[];
}

/** Compares a device with the catalogues. Rejects only if the store of answers is away, or the signal is aborted. */
export async function compare(
  { dialect, model, held }: HeldVersions,
  catalogues: readonly DefinedCatalogue[],
  answers: Pick<Answers, "to">,
): Promise<Comparison> {
  const updates: FoundUpdate[] = [];
  const failures: CatalogueFailure[] = [];
  for (const from of catalogues) {
    const { name, catalogue } = from;
    if (!isCatalogueFor(catalogue, { dialect, model })) continue;
    const offers: ListedOffer[] = [];
    let askedAt = Number.POSITIVE_INFINITY;
    for (const question of READERS[catalogue.kind].questions(model)) {
      const answer = await answers.to(from, question);
      const { category } = question;
      if (answer.reason === undefined) {
        offers.push(...answer.offers.filter(({ models }) => isForModel(models, model)));
        askedAt = Math.min(askedAt, answer.askedAt);
      } else {
        const about = { reason: answer.reason, askedAt: new Date(answer.askedAt).toISOString() };
        failures.push({ catalogue: name, ...(category !== undefined && { category }), ...about });
      }
    }
    if (offers.length > 0)
      updates.push(
        ...updatesOf(held, offerList(offers), { catalogue: name, askedAt: new Date(askedAt).toISOString() }),
      );
  }
  updates.sort((a, b) => Number(b.category === "firmware") - Number(a.category === "firmware"));
  return { updates: updates.slice(0, MAX_UPDATES), failures };
}
