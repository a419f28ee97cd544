type Cell = string | number | undefined;

/** Without this mark, Excel shows "Kühlraum" as "KÃ¼hlraum". */
const BYTE_ORDER_MARK = "\u{feff}";
/** The beginning of a formula, also after white space. East Asian spreadsheets accept fullwidth characters too. */
const FORMULA = /^\s*[=+\-@\u{ff1d}\u{ff0b}\u{ff0d}\u{ff20}]|^[\t\r\n]/u;

/** CSV (RFC 4180) in UTF-8 with a header line. */
export function csv(names: readonly string[], rows: readonly (readonly Cell[])[]): string {
  return BYTE_ORDER_MARK + [names, ...rows].map((row) => `${row.map(cell).join(",")}\r\n`).join("");
}

function cell(value: Cell = ""): string {
  // Cells may come from devices, and spreadsheets execute formulas.
  const text = typeof value === "string" && FORMULA.test(value) ? `'${value}` : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
