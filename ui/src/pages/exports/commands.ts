import type { ExportFormat, ExportHead } from "../../data/exports.ts";

export interface Download {
  /** URL of the whole export, with `from` and `to`. */
  readonly url: string;
  readonly file: string;
  readonly format: ExportFormat;
  readonly head: Pick<ExportHead, "from" | "to">;
}

const CURL = 'curl --fail --header "authorization: Bearer $FLEETLOG_KEY"';

/** A shell command that begins the download. */
export function downloadCommand({ url, file }: Pick<Download, "url" | "file">): string {
  return `${CURL} --output '${file}' '${url}'`;
}

/**
 * Shell commands (POSIX) that continue a download that was cut. Lines go on after the last whole line; Parquet goes on by
 * bytes.
 */
export function continueCommand({ url, file, format, head: { from, to } }: Download): string {
  if (format === "parquet") return `${CURL} --continue-at - --output '${file}' '${url}'`;
  const seq = format === "csv" ? "\\([0-9]*\\),.*" : '{"seq":\\([0-9]*\\),.*';
  const header = format === "csv" ? `\${last:+&header=absent}` : "";
  const rest = new URL(url);
  rest.searchParams.delete("from");
  return `# Drop what is after the last whole line
head -n "$(wc -l < '${file}')" '${file}' > '${file}.whole' && mv '${file}.whole' '${file}'
last=$(tail -n 1 '${file}' | sed -n 's/^${seq}/\\1/p')
next=$(( \${last:-${from - 1}} + 1 ))
if [ "$next" -gt ${to} ]; then echo complete; else
  ${CURL} "${rest.href}&from=$next${header}" >> '${file}'
fi`;
}
