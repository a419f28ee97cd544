import type { SqlFormat } from "@fleetlog/protocol";

export const MEDIA_TYPES: Readonly<Record<SqlFormat, string>> = {
  json: "application/json; charset=utf-8",
  csv: "text/csv; charset=utf-8; header=present",
  parquet: "application/vnd.apache.parquet",
};

const FORMATS: ReadonlyMap<string, SqlFormat> = new Map([
  ["application/json", "json"],
  ["text/csv", "csv"],
  ["application/vnd.apache.parquet", "parquet"],
]);

/** The format that the client prefers (RFC 9110, 12.5.1); JSON if it names none of them. */
export function formatFor(accept = ""): SqlFormat {
  let best: { readonly format: SqlFormat; readonly q: number } | undefined;
  for (const part of accept.split(",")) {
    const [type = "", ...parameters] = part.split(";").map((text) => text.trim().toLowerCase());
    const format = FORMATS.get(type);
    const q = Number(parameters.find((one) => one.startsWith("q="))?.slice(2) ?? 1);
    if (format !== undefined && q > (best?.q ?? 0)) best = { format, q };
  }
  return best?.format ?? "json";
}
