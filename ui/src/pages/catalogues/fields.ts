import type { CatalogueBody, CatalogueResource } from "../../data/catalogues.ts";

/** `url` and `file` are lists in Fleetlog's form. */
export type Source = "vendor" | "url" | "file";

export const SOURCES: Readonly<Record<Source, { readonly title: string; readonly hint: string }>> = {
  vendor: {
    title: "The vendor's catalogue",
    hint: "For ThingsPro Edge and AIG gateways. Fleetlog logs in with a client certificate of the vendor.",
  },
  url: { title: "A list of your own at a URL", hint: "A JSON list that you have signed." },
  file: {
    title: "A list of your own in a file",
    hint: "The same list, in the folder FLEETLOG_CATALOGUE_FOLDER of the reactors.",
  },
};

export function sourceOf({ kind, url }: Pick<CatalogueResource, "kind" | "url">): Source {
  if (kind === "tpedm") return "vendor";
  return url.startsWith("file:") ? "file" : "url";
}

export function fileNameOf(url: string): string {
  return url.startsWith("file:///") ? url.slice("file:///".length) : "";
}

/** The values of the form. */
export interface Entered {
  readonly source: Source;
  readonly url: string;
  readonly fileName: string;
  readonly models: string;
  readonly certificate: string;
  readonly key: string;
  readonly ca: string;
  readonly signedBy: string;
  readonly schedule: string | undefined;
  readonly description: string;
  readonly enabled: boolean;
}

export function bodyOf(entered: Entered): CatalogueBody {
  const { source, url, fileName, certificate, key, ca, signedBy, schedule, description, enabled } = entered;
  const models = modelsIn(entered.models);
  const isFile = source === "file";
  return {
    kind: source === "vendor" ? "tpedm" : "fleetlog",
    url: isFile ? `file:///${fileName}` : url,
    ...(description !== "" && { description }),
    ...(models.length > 0 && { models }),
    ...(!isFile && certificate !== "" && { certificate }),
    ...(!isFile && key !== "" && { key }),
    ...(!isFile && ca !== "" && { ca }),
    ...(source !== "vendor" && signedBy !== "" && { signedBy }),
    ...(schedule !== undefined && schedule !== "" && { schedule }),
    enabled,
  };
}

export function modelsIn(text: string): string[] {
  const models = text
    .split(/[,;\n]+/)
    .map((one) => one.trim())
    .filter((one) => one !== "");
  return [...new Set(models)];
}

/** Whether a scan asks a catalogue with these patterns for updates of this model; `*` is any text. */
export function isForModel(patterns: readonly string[] | undefined, model: string | undefined): boolean {
  if (patterns === undefined) return true;
  if (model === undefined) return false;
  return patterns.some((pattern) => {
    const text = pattern.split("*").map((part) => part.replace(/[.+?^${}()|[\]\\/]/g, "\\$&"));
    return new RegExp(`^${text.join(".*")}$`, "s").test(model);
  });
}
