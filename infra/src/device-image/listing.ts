import { statSync } from "node:fs";
import type { DeviceFile, Entry } from "./files.ts";

export function listing(entries: readonly Entry[]): string[] {
  return entries.map((entry) => {
    if ("link" in entry) return `   link ${" ".repeat(11)} ${entry.path} -> ${entry.link}`;
    return `   ${entry.mode.toString(8)} ${sizeText(sizeOf(entry)).padStart(12)} ${entry.path}`;
  });
}

export function secretsText(entries: readonly Entry[], until: string): string {
  const secrets = entries.flatMap((entry) => ("secret" in entry && entry.secret !== undefined ? [entry.secret] : []));
  return `whoever gets this ${until} can read ${[...new Set(secrets)].join(" and ")}`;
}

function sizeOf({ content }: DeviceFile): number {
  if (typeof content === "string") return Buffer.byteLength(content);
  return "copy" in content ? statSync(content.copy).size : content.byteLength;
}

function sizeText(bytes: number): string {
  return bytes < 10_240
    ? `${bytes} B`
    : bytes < 10 * 1_048_576
      ? `${Math.round(bytes / 1_024)} KiB`
      : `${Math.round(bytes / 1_048_576)} MiB`;
}
