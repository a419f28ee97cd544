import { isSealedText, type SealedText } from "@fleetlog/domain";
import type { Buckets } from "@fleetlog/log";
import { decrypt, encrypt } from "../installation/aes.ts";
import type { Sealer } from "../installation/sealer.ts";
import { SubjectKeys, type SubjectKeysOptions } from "./subject-keys.ts";

export const ERASED = "erased";

/** `T` with plain text in place of every sealed text. */
export type Opened<T> = T extends SealedText
  ? string
  : T extends readonly (infer Item)[]
    ? readonly Opened<Item>[]
    : T extends object
      ? { readonly [K in keyof T]: Opened<T[K]> }
      : T;

/** Personal fields, sealed with their subject's key. */
export interface PersonalFields {
  /**
   * @param subject a person's id
   * @throws FleetError `conflict` if the subject was erased
   */
  seal(subject: string, text: string): Promise<SealedText>;
  /** Undefined if the subject was erased, or its key is lost. */
  open(field: SealedText): Promise<string | undefined>;
  /** A copy of a JSON value with plain text, or {@link ERASED}, in place of every sealed text. */
  openIn<T>(json: T): Promise<Opened<T>>;
  /**
   * Deletes the subject's key. On other nodes its fields can be opened for at most a second more. Nothing can be sealed
   * for the subject afterwards. A repeated call changes nothing.
   */
  erase(subject: string): Promise<void>;
  hash(purpose: string, text: string): string;
}

export function personalFields(buckets: Buckets, sealer: Sealer, options: SubjectKeysOptions = {}): PersonalFields {
  const keys = new SubjectKeys(buckets, sealer, options);

  async function open({ subject, sealed }: SealedText): Promise<string | undefined> {
    const key = await keys.find(subject);
    return key === undefined ? undefined : decrypt(key, subject, sealed);
  }

  async function openIn(json: unknown): Promise<unknown> {
    if (typeof json !== "object" || json === null) return json;
    if (isSealedText(json)) return (await open(json)) ?? ERASED;
    if (Array.isArray(json)) return Promise.all(json.map(openIn));
    const fields = Object.entries(json).map(async ([name, value]) => [name, await openIn(value)] as const);
    return Object.fromEntries(await Promise.all(fields));
  }

  return {
    async seal(subject, text) {
      return { subject, sealed: encrypt(await keys.findOrMake(subject), subject, text) };
    },
    open,
    openIn: <T>(json: T) => openIn(json) as Promise<Opened<T>>,
    erase: (subject) => keys.erase(subject),
    hash: (purpose, text) => sealer.hash(purpose, text),
  };
}
