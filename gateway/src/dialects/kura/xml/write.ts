const ESCAPES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "\t": "&#9;",
  "\n": "&#10;",
  "\r": "&#13;",
};

/** XML 1.0, 2.2: these characters can't be in a document, not even as references. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: the expression must find these characters
const FORBIDDEN = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/;

export function isXmlText(text: string): boolean {
  return text.isWellFormed() && !FORBIDDEN.test(text);
}

export function escapeXml(text: string): string {
  return text.replace(/[&<>"\t\n\r]/g, (char) => ESCAPES[char] ?? char);
}
