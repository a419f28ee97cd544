/** A personal field, sealed with its subject's key. Events and views have personal fields only in this form. */
export interface SealedText {
  /** Id of the person. Erasing the person deletes the key. */
  readonly subject: string;
  readonly sealed: string;
}

export function isSealedText(value: unknown): value is SealedText {
  if (typeof value !== "object" || value === null) return false;
  const { subject, sealed, ...others } = value as Partial<Record<string, unknown>>;
  return typeof subject === "string" && typeof sealed === "string" && Object.keys(others).length === 0;
}
