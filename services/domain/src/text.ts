/** Longest text of a peer that events and log lines keep, in UTF-16 code units. */
export const LONGEST_TEXT = 128;

/** Cuts a text that a peer has chosen, which may be of any length. */
export function shortened(text: string, longest = LONGEST_TEXT): string {
  if (text.length <= longest) return text;
  // toWellFormed: the cut may have left half of a surrogate pair.
  return `${text.slice(0, longest).toWellFormed()}…`;
}
