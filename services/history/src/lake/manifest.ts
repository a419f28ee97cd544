import { FleetError, type StreamName } from "@fleetlog/domain";
import { textIfExists } from "@fleetlog/runtime/node";
import type { Folder } from "../store/folder.ts";

/** A span of sequences of a stream, inclusive. */
export interface LakeSpan {
  readonly stream: StreamName;
  readonly from: number;
  readonly to: number;
}

export interface LakeFile extends LakeSpan {
  /** Path in the folder. */
  readonly file: string;
  readonly events: number;
  readonly bytes: number;
  /** Hexadecimal. */
  readonly sha256: string;
  /** Id of the newest event; absent without events. */
  readonly lastId?: string;
}

export interface LakeManifest {
  readonly format: 1;
  /** In the order in which they were written. */
  readonly files: readonly LakeFile[];
  /** The file that is being written. After an interruption it gets the same span, so the same bytes. */
  readonly next?: LakeSpan;
}

const NAME = "manifest.json";

/** @throws FleetError `conflict` if the file is not the list of an export */
export function readLakeManifest(folder: Folder): LakeManifest {
  const text = textIfExists(folder.of(NAME));
  if (text === undefined) return { format: 1, files: [] };
  const found = parsed(text);
  if (found?.format === 1 && Array.isArray(found.files)) return found;
  throw new FleetError("conflict", `${folder.of(NAME)} is not the list of an export`, {
    advice: "Choose an empty folder.",
  });
}

export async function writeLakeManifest(folder: Folder, manifest: LakeManifest): Promise<void> {
  await folder.replace(NAME, `${JSON.stringify(manifest, null, 1)}\n`);
}

/** The sequence after those that the folder has. */
export function nextSeq({ files }: LakeManifest, stream: StreamName): number {
  return (files.findLast((one) => one.stream === stream)?.to ?? 0) + 1;
}

export function fileName({ stream, from, to }: LakeSpan): string {
  const what = stream === "FLEET" ? "events" : stream.toLowerCase();
  const digits = (seq: number) => String(seq).padStart(12, "0");
  return `${what}/${what}-${digits(from)}-${digits(to)}.parquet`;
}

function parsed(text: string): LakeManifest | undefined {
  try {
    return JSON.parse(text) as LakeManifest;
  } catch {
    return undefined;
  }
}
