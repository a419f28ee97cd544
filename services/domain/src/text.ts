/** Maximum length of a peer's text in events and log lines, in UTF-16 code units. */
export const LONGEST_TEXT = 128;

/** Shortens a text that came from a peer and may have any length. */
export function shortened(text: string, longest = LONGEST_TEXT): string {
  if (text.length <= longest) return text;
  // toWellFormed: the cut may have left half of a surrogate pair.
  return `${text.slice(0, longest).toWellFormed()}…`;
}
