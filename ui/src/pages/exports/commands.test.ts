import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { continueCommand, downloadCommand } from "./commands.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "fleetlog-continue-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const url = "http://gateway:8080/api/history/export?category=device%2Ccommand&format=F&from=3&to=12";
const head = { from: 3, to: 12 };

/** Runs the commands over a file, with a curl that prints its arguments instead. */
function continued(format: "jsonl" | "csv", content: string): string {
  const file = `fleet-3-12.${format}`;
  writeFileSync(join(folder, file), content);
  const script = continueCommand({ url: url.replace("=F", `=${format}`), file, format, head });
  const out = execFileSync("sh", ["-euc", `curl() { echo "[$4]"; }\n${script}`], {
    cwd: folder,
    env: { ...process.env, FLEETLOG_KEY: "key" },
  });
  return out + readFileSync(join(folder, file), "utf8");
}
const rest = (format: string, more: string) =>
  `[http://gateway:8080/api/history/export?category=device%2Ccommand&format=${format}&to=12&${more}]\n`;

it("the download command continues after the last whole line of JSON", () => {
  const whole = '{"seq":3,"id":"a"}\n{"seq":7,"id":"b"}\n';
  expect(continued("jsonl", `${whole}{"seq":9,"i`)).toBe(whole + rest("jsonl", "from=8"));
  expect(continued("jsonl", whole)).toBe(whole + rest("jsonl", "from=8"));
});

it("the download command starts again if there is no whole line", () => {
  expect(continued("jsonl", '{"se')).toBe(rest("jsonl", "from=3"));
  expect(continued("csv", "seq,ti")).toBe(rest("csv", "from=3"));
});

it("the download command continues after the last whole line of CSV, without another header", () => {
  const whole = "seq,time\r\n3,a\r\n4,b\r\n";
  expect(continued("csv", `${whole}5,`)).toBe(whole + rest("csv", "from=5&header=absent"));
});

it("the download command says that a file is complete", () => {
  expect(continued("jsonl", '{"seq":12,"id":"a"}\n')).toBe('complete\n{"seq":12,"id":"a"}\n');
});

it("the download command continues a Parquet file by bytes", () => {
  const file = "fleet-3-12.parquet";
  expect(continueCommand({ url, file, format: "parquet", head })).toBe(
    `curl --fail --header "authorization: Bearer $FLEETLOG_KEY" --continue-at - --output '${file}' '${url}'`,
  );
  expect(downloadCommand({ url, file })).toContain(`--output '${file}' '${url}'`);
});
