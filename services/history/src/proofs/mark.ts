import { createHash, type KeyObject, sign } from "node:crypto";
import { checker, HistoryMark } from "@fleetlog/protocol";
import { isSignedBy, publicKeyText } from "./keys.ts";

/** Number of sequences that one mark (a signed hash of the log's entries) covers. */
export const SPAN = 10_000;

/** The `previous` of the first mark. */
export const NO_MARK = "0".repeat(64);

const HEAD = "fleetlog mark 1\n";

/** What a mark says, without hash and signature. */
export type MarkContent = Pick<HistoryMark, "firstSeq" | "lastSeq" | "entries" | "root" | "previous">;

export const checkMark = checker(HistoryMark, "mark");

export function signedMark(content: MarkContent, key: KeyObject): HistoryMark {
  const message = messageOf(content);
  const signature = sign(null, message, key).toString("base64url");
  return { ...content, hash: sha256(message), key: publicKeyText(key), signature };
}

/** Why a mark is not one that the key has signed; undefined if it is. */
export function faultOfMark(mark: HistoryMark, key: KeyObject): string | undefined {
  const message = messageOf(mark);
  if (mark.hash !== sha256(message)) return "its hash is not that of its content";
  if (mark.key !== publicKeyText(key)) return "another key signed it";
  return isSignedBy(key, message, mark.signature) ? undefined : "its signature is wrong";
}

/**
 * The signed text: a line, first and last sequence and number of entries (64 bits each), root, hash of the previous
 * mark.
 */
function messageOf({ firstSeq, lastSeq, entries, root, previous }: MarkContent): Buffer {
  const numbers = Buffer.alloc(24);
  for (const [i, number] of [firstSeq, lastSeq, entries].entries()) numbers.writeBigUInt64BE(BigInt(number), i * 8);
  return Buffer.concat([Buffer.from(HEAD), numbers, Buffer.from(root, "hex"), Buffer.from(previous, "hex")]);
}

function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
