import {
  FOUND_STATES,
  type FoundUpdate,
  isCatalogueFor,
  isForModel,
  MAX_UPDATES,
  type Offer,
  type OfferList,
  offerList,
  updatesOf,
} from "@fleetlog/domain";
import { stateOf } from "@fleetlog/projections/folding";
import type {
  CatalogueResource,
  HeldVersions,
  TrialUpdate,
  TriedScan,
  UpdateState,
  UpdatesResource,
} from "@fleetlog/protocol";
import { LRUCache } from "lru-cache";

export interface ScannedDevice {
  /** The device's versions. */
  readonly held: HeldVersions;
  /** What its newest scan had found; undefined: it was never compared. */
  readonly real: UpdatesResource | undefined;
}

export interface ScanDifference {
  readonly before: UpdateState;
  readonly tried: UpdateState;
  readonly differences: readonly TrialUpdate[];
}

/** Maximum number of cached combinations of model and versions. A fleet has few of them. */
const MOST_KNOWN = 1_000;

/** A catalogue that is tried on devices of one account. */
export class TriedCatalogue {
  readonly #tried: TriedScan;
  readonly #replaced: Pick<CatalogueResource, "kind" | "models"> | undefined;
  readonly #offers = new LRUCache<string, OfferList>({ max: MOST_KNOWN });
  readonly #found = new LRUCache<string, readonly FoundUpdate[]>({ max: MOST_KNOWN });

  /**
   * @param replaced the replaced catalogue as of the trial's moment: the tried one is for the same devices. If
   * undefined, the tried one is for all devices of the account
   */
  constructor(tried: TriedScan, replaced?: Pick<CatalogueResource, "kind" | "models">) {
    this.#tried = tried;
    this.#replaced = replaced;
  }

  /** Compares the tried catalogue's updates for a device with those of the replaced catalogue. */
  difference({ held, real }: ScannedDevice): ScanDifference {
    const { catalogue } = this.#tried;
    const isReplaced = (one: { readonly catalogue: string }) => catalogue === undefined || one.catalogue === catalogue;
    const found = this.#foundFor(held);
    const replaced = real?.updates.filter(isReplaced) ?? [];
    const others = real?.updates.filter((one) => !isReplaced(one)) ?? [];
    const failures = real?.failures.filter((one) => !isReplaced(one)) ?? [];
    const stays = real === undefined && catalogue !== undefined && found.length === 0;
    const names = [...new Set([...found, ...replaced].map((one) => one.package))];
    const differences = names.flatMap((name): TrialUpdate[] => {
      const [before, tried] = [best(replaced, name), best(found, name)];
      if (JSON.stringify(shown(before)) === JSON.stringify(shown(tried))) return [];
      return [
        {
          ...{ device: held.device, package: name, category: (tried ?? before)?.category ?? "software" },
          ...(Object.hasOwn(held.held, name) && { current: held.held[name] as string }),
          ...(before !== undefined && { before: shown(before) }),
          ...(tried !== undefined && { tried: shown(tried) }),
          ...(real?.lookedAt !== undefined && { lookedAt: real.lookedAt }),
        } as TrialUpdate,
      ];
    });
    return {
      before: real?.state ?? "never",
      tried: stays ? "never" : stateOf({ updates: [...others, ...found], failures }),
      differences,
    };
  }

  #foundFor(device: HeldVersions): readonly FoundUpdate[] {
    if (this.#replaced !== undefined && !isCatalogueFor(this.#replaced, device)) return [];
    const key = JSON.stringify([device.model ?? null, device.held]);
    const known = this.#found.get(key);
    if (known !== undefined) return known;
    const about = { catalogue: this.#tried.catalogue ?? "", askedAt: "" };
    const found = updatesOf(device.held, this.#offersFor(device.model), about).slice(0, MAX_UPDATES);
    this.#found.set(key, found);
    return found;
  }

  #offersFor(model: string | undefined): OfferList {
    const key = JSON.stringify(model ?? null);
    const known = this.#offers.get(key);
    if (known !== undefined) return known;
    const offers = this.#tried.packages.filter(({ models }) => isForModel(models, model)).map(offerOf);
    const list = offerList(offers);
    this.#offers.set(key, list);
    return list;
  }
}

function offerOf({ name, category, version, build, needs }: TriedScan["packages"][number]): Offer {
  return {
    ...{ package: name, category, version },
    ...(build !== undefined && { build }),
    ...(needs !== undefined && { needs }),
  };
}

/** The update with the best state, if several catalogues list the package. */
function best(updates: readonly Found[], name: string): Found | undefined {
  const own = updates.filter((one) => one.package === name);
  return own.sort((a, b) => FOUND_STATES.indexOf(a.state) - FOUND_STATES.indexOf(b.state))[0];
}

type Found = FoundUpdate | UpdatesResource["updates"][number];

/** The fields by which results are compared. */
function shown(found: Found | undefined): TrialUpdate["before"] {
  if (found === undefined) return undefined;
  const { state, available, newest, needs } = found;
  return {
    state,
    ...(available !== undefined && { available }),
    ...(newest !== undefined && { newest }),
    ...(needs !== undefined && { needs: needs.map(({ package: name, version }) => ({ package: name, version })) }),
  };
}
