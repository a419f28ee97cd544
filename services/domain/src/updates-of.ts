import type { FoundUpdate, Need, PackageCategory } from "./update.ts";
import { compareVersions, hasBuild, isVersion } from "./version.ts";

/** The name of the package that is a device's firmware. */
export const FIRMWARE = "firmware";

/** One version of a package in a catalogue. */
export interface Offer {
  readonly package: string;
  readonly category: PackageCategory;
  readonly version: string;
  /** Counts only for devices that name their build too. */
  readonly build?: string;
  readonly title?: string;
  readonly size?: number;
  readonly url?: string;
  /** Minimum versions of other packages, which the device must have first. */
  readonly needs?: Readonly<Record<string, string>>;
}

/** The versions of a device's packages. */
export type Held = Readonly<Record<string, string>>;

const MAX_HELD = 64;
const LONGEST = 128;

/** The versions in a profile: `firmware`, those in `software`, and `thingsproVersion` of TPEDM devices. */
export function heldBy(profile: Readonly<Record<string, unknown>> | undefined): Held {
  const { firmware, thingsproVersion, software } = profile ?? {};
  const named = typeof software === "object" && software !== null && !Array.isArray(software) ? software : {};
  const given = [[FIRMWARE, firmware], ["thingspro", thingsproVersion], ...Object.entries(named)] as const;
  const held = new Map<string, string>();
  for (const [name, value] of given) {
    const version = typeof value === "number" ? String(value) : value;
    if (typeof version !== "string" || version === "" || version.length > LONGEST || String(name).length > LONGEST)
      continue;
    if (held.size < MAX_HELD && !held.has(String(name))) held.set(String(name), version);
  }
  return Object.fromEntries(held);
}

/** The offers of each package; firmware first, then by name. Made once for all devices. */
export type OfferList = ReadonlyMap<string, { readonly category: PackageCategory; readonly newestFirst: Offer[] }>;

export function offerList(offers: readonly Offer[]): OfferList {
  const packages = [...Map.groupBy(offers, (offer) => offer.package)].map(([name, own]) => {
    const { category } = own[0] as Offer;
    return [name, { category, newestFirst: sorted(own) }] as const;
  });
  const placeOf = (category: PackageCategory) => (category === "firmware" ? 0 : 1);
  packages.sort(([a, one], [b, other]) => placeOf(one.category) - placeOf(other.category) || (a < b ? -1 : 1));
  return new Map(packages);
}

/** What a catalogue has for the device, in the order of the offers. */
export function updatesOf(
  held: Held,
  packages: OfferList,
  { catalogue, askedAt }: { readonly catalogue: string; readonly askedAt: string },
): FoundUpdate[] {
  return [...packages].map(([name, { category, newestFirst }]) => {
    const found = foundIn(newestFirst, own(held, name), held, packages);
    return { catalogue, package: name, category, ...found, askedAt };
  });
}

type Found = Omit<FoundUpdate, "catalogue" | "package" | "category" | "askedAt">;

function foundIn(newestFirst: readonly Offer[], current: string | undefined, held: Held, packages: OfferList): Found {
  const [newest] = newestFirst;
  if (newest === undefined) return { state: "unclear", reason: "the catalogue has no version that can be compared" };
  const shown = { ...textsOf(newest), newest: fullVersion(newest) };
  if (current === undefined) return { state: "unclear", ...shown, reason: "the device has not reported its version" };
  const known = { ...shown, current };
  if (!isVersion(current)) return { state: "unclear", ...known, reason: "the device's version can't be compared" };
  const newer = newestFirst.filter((offer) => isNewer(offer, current));
  const [best] = newer;
  if (best === undefined) return { state: "up-to-date", ...known };
  const needs = unmetNeeds(best, held, packages);
  const installable = newer.find((offer) => unmetNeeds(offer, held, packages).length === 0);
  return {
    state: installable === undefined ? "blocked" : "available",
    ...known,
    ...(installable !== undefined && { ...textsOf(installable), available: fullVersion(installable) }),
    ...(needs.length > 0 && { needs }),
  };
}

function unmetNeeds({ needs = {} }: Offer, held: Held, packages: OfferList): Need[] {
  return Object.entries(needs).flatMap(([name, version]) => {
    const has = own(held, name);
    if (has !== undefined && (compareVersions(has, version) ?? -1) >= 0) return [];
    const newest = packages.get(name)?.newestFirst[0];
    const isEnough = newest !== undefined && (compareVersions(fullVersion(newest), version) ?? -1) >= 0;
    return [
      {
        package: name,
        version,
        ...(has !== undefined && { has }),
        ...(isEnough && { offered: fullVersion(newest) }),
      },
    ];
  });
}

function isNewer(offer: Offer, current: string): boolean {
  const version = hasBuild(current) ? fullVersion(offer) : offer.version;
  return (compareVersions(version, current) ?? 0) > 0;
}

/** The newest first, without versions that can't be compared. */
function sorted(offers: readonly Offer[]): Offer[] {
  const comparable = offers.filter((offer) => isVersion(fullVersion(offer)));
  return comparable.sort((a, b) => compareVersions(fullVersion(b), fullVersion(a)) ?? 0);
}

function fullVersion({ version, build }: Offer): string {
  return build === undefined ? version : `${version}-${build}`;
}

function textsOf({ title, size, url }: Offer) {
  return {
    ...(title !== undefined && { title }),
    ...(size !== undefined && { size }),
    ...(url !== undefined && { url }),
  };
}

function own(held: Held, name: string): string | undefined {
  return Object.hasOwn(held, name) ? held[name] : undefined;
}
