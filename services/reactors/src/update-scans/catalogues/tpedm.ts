import { FIRMWARE, type PackageCategory } from "@fleetlog/domain";
import { NoAnswer } from "../../outgoing/http.ts";
import { type CatalogueReader, isName, jsonOf, type ListedOffer, MAX_OFFERS, textOf } from "./reader.ts";

const CATEGORY = { firmware: "mil", software: "tpe" } as const;
/** The package whose version devices report as `thingsproVersion`. */
const THINGSPRO = "thingspro";
const LONGEST = 1_024;

/** The vendor's API: `GET {url}/packages?category=mil|tpe&model=`. */
export const tpedm: CatalogueReader = {
  questions: (model) =>
    model === undefined
      ? []
      : [
          { model, category: "firmware" },
          { model, category: "software" },
        ],

  async ask(catalogue, key, { model = "", category = "firmware" }, asking) {
    const url = new URL(catalogue.url);
    url.pathname = `${url.pathname.replace(/\/+$/, "")}/packages`;
    url.searchParams.set("category", CATEGORY[category]);
    url.searchParams.set("model", model);
    return packagesIn(jsonOf(await textOf(url.href, catalogue, key, asking)), category);
  },
};

export function packagesIn(answer: unknown, category: PackageCategory): ListedOffer[] {
  const { data } = (typeof answer === "object" && answer !== null ? answer : {}) as { readonly data?: unknown };
  if (!Array.isArray(data)) throw new NoAnswer("its answer has no list of packages in data");
  return data.slice(0, MAX_OFFERS).flatMap((entry) => offerIn(entry, category));
}

/** Entries without a version are left out. */
function offerIn(entry: unknown, category: PackageCategory): ListedOffer[] {
  if (typeof entry !== "object" || entry === null) return [];
  const given = entry as Readonly<Record<string, unknown>>;
  const ofFirmware = category === "firmware" ? textIn(given, "firmwareVersion") : undefined;
  const version = ofFirmware ?? textIn(given, "version");
  const name = category === "firmware" ? FIRMWARE : nameOf(textIn(given, "packageName"));
  if (version === undefined || !isName(name)) return [];
  const build = ofFirmware === undefined ? textIn(given, "buildNumber") : undefined;
  const title = textIn(given, "displayName");
  const url = textIn(given, "yamlUrl");
  const size = Number(textIn(given, "size"));
  const { dependency } = given;
  const depends = typeof dependency === "object" && dependency !== null ? dependency : {};
  const least = textIn(depends as Readonly<Record<string, unknown>>, "minFirmwareVersion");
  return [
    {
      package: name,
      category,
      version,
      ...(build !== undefined && { build }),
      ...(title !== undefined && { title }),
      ...(Number.isSafeInteger(size) && size > 0 && { size }),
      ...(url !== undefined && { url }),
      ...(least !== undefined && { needs: { [FIRMWARE]: least } }),
    },
  ];
}

function nameOf(name: string | undefined): string {
  return name === undefined || /^things[ _-]?pro/i.test(name) ? THINGSPRO : name;
}

function textIn(from: Readonly<Record<string, unknown>>, field: string): string | undefined {
  const value = typeof from[field] === "number" ? String(from[field]) : from[field];
  return typeof value === "string" && value !== "" && value.length <= LONGEST ? value : undefined;
}
