import { EVENT_CATEGORIES } from "@fleetlog/protocol/categories";
import type { ExportFormat, ExportSpan } from "../../data/exports.ts";
import type { UrlFormat } from "../../state/url-state.ts";

/** Categories with a stream of their own; "": FLEET. */
export const STREAMS = [
  { category: "", text: "Fleet" },
  { category: "telemetry", text: "Telemetry" },
  { category: "access", text: "Refused access" },
  { category: "delivery", text: "Deliveries of channels" },
] as const;

/** The categories of FLEET whose events people can export. */
export const FLEET_CATEGORIES: readonly string[] = EVENT_CATEGORIES.filter(
  (category) => !STREAMS.some((stream) => stream.category === category),
);

export const FORMATS = [
  { format: "jsonl", text: "JSON lines" },
  { format: "csv", text: "CSV" },
  { format: "parquet", text: "Parquet" },
] as const;

/** The form, kept in the URL. */
export interface Choices extends ExportSpan {
  readonly format: ExportFormat;
}

export const choicesFormat: UrlFormat<Choices> = {
  read(parameters) {
    const text = (name: string) => parameters.get(name)?.trim() ?? "";
    const format = FORMATS.find((one) => one.format === text("format"))?.format ?? "jsonl";
    return { from: text("from"), to: text("to"), category: text("category"), device: text("device"), format };
  },
  write({ format, ...span }) {
    const given = Object.entries({ ...span, format: format === "jsonl" ? "" : format });
    return new URLSearchParams(given.filter(([, value]) => value !== ""));
  },
};

export function isStream(category: string): boolean {
  return STREAMS.some((one) => one.category === category);
}

export function withCategory(category: string, one: string, chosen: boolean): string {
  const before = isStream(category) ? [] : category.split(",");
  return FLEET_CATEGORIES.filter((other) => (other === one ? chosen : before.includes(other))).join(",");
}
