/**
 * A personal field, such as an email address or a person's name, sealed with a key of its subject. Events and views have
 * personal fields only in this form; @fleetlog/identity seals and opens them.
 */
export interface SealedText {
  /** Id of the person that the field describes. Erasing the person deletes the key. */
  readonly subject: string;
  readonly sealed: string;
}

export function isSealedText(value: unknown): value is SealedText {
  if (typeof value !== "object" || value === null) return false;
  const { subject, sealed, ...others } = value as Partial<Record<string, unknown>>;
  return typeof subject === "string" && typeof sealed === "string" && Object.keys(others).length === 0;
}
