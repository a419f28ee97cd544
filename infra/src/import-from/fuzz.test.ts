import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  altered,
  fuzzMessages,
  fuzzSeed,
  heapGrowth,
  MOST_GROWTH,
  mutated,
  type Random,
  seeded,
} from "@fleetlog/runtime/testing";
import { afterAll, expect, it } from "vitest";
import { planLibpyiotcloud } from "./plan/libpyiotcloud.ts";
import { planTpedm } from "./plan/tpedm.ts";
import { readCsv } from "./read/csv.ts";
import { readDocuments } from "./read/documents.ts";
import { type ReadRecord, RecordFault } from "./records.ts";

const RECORDS = fuzzMessages(3_000);
/** Number of records in each file. */
const OF_FILE = 20;

const folder = mkdtempSync(join(tmpdir(), "fleetlog-fuzz-"));
afterAll(() => rmSync(folder, { recursive: true }));

const DOCUMENTS = [
  {
    _id: { $oid: "5e" },
    username: "ada",
    devicename: "Pump",
    deviceid: "0123456789abcdef0123456789abcdef01234567",
    cert: "-----BEGIN CERTIFICATE-----\nMA==\n-----END CERTIFICATE-----\n",
    timestamp: { $numberLong: "1583000000" },
  },
  { username: "ada", email: "ada@example.org", password: "x", givenname: "Ada", familyname: "L", status: "CONFIRMED" },
];
const LINES = ['g-1,line-1," p, w",hall', 'g-2,line 2,"p,""w""",', "g-3,line-3,pw,roof;hall"];

function documents(random: Random): Buffer {
  const lines = Array.from({ length: OF_FILE }, () => {
    const text = JSON.stringify(altered(random, DOCUMENTS[random(DOCUMENTS.length)]));
    return random(2) === 0 ? text : mutated(random, Buffer.from(text)).toString("latin1");
  });
  const [before, between, after] = random(2) === 0 ? ["", "\n", "\n"] : ["[", ",", "]"];
  return Buffer.from(`${before}${lines.join(between)}${after}`, "latin1");
}

function table(random: Random): Buffer {
  const lines = Array.from({ length: OF_FILE }, () => LINES[random(LINES.length)] as string);
  for (let i = random(3); i > 0; i--) {
    const at = random(lines.length);
    lines[at] = mutated(random, Buffer.from(lines[at] as string)).toString("latin1");
  }
  const names = "clientid,username,password,tags";
  const header = random(8) === 0 ? mutated(random, Buffer.from(names)).toString("latin1") : names;
  return Buffer.from([header, ...lines].join(random(2) === 0 ? "\n" : "\r\n"), "latin1");
}

it.each([
  ["CSV", table, readCsv, (fields: Fields) => planTpedm(fields, { account: undefined })] as const,
  [
    "mongoexport",
    documents,
    readDocuments,
    (fields: Fields) => planLibpyiotcloud(fields, { account: undefined, authorities: [], now: 0 }),
  ] as const,
])(
  "reads damaged files of %s as far as possible, with a reason for the rest, and retains no memory of them",
  async (_, made, read, plan) => {
    const random = seeded(fuzzSeed(23));
    const path = join(folder, "file");
    const counts = { planned: 0, refused: 0, files: 0 };
    const growth = await heapGrowth(async () => {
      for (let i = 0; i < RECORDS; i += OF_FILE) {
        writeFileSync(path, made(random));
        try {
          for await (const record of read(path)) counts[outcomeOf(record, plan)]++;
        } catch (error) {
          mustBeReason(error);
          counts.files++;
        }
      }
    });
    expect(growth).toBeLessThan(MOST_GROWTH);
    expect(Math.min(counts.planned, counts.refused)).toBeGreaterThan(RECORDS / 50);
    expect(counts.files).toBeGreaterThan(0);
  },
  300_000,
);

type Fields = Readonly<Record<string, unknown>>;

function outcomeOf(record: ReadRecord, plan: (fields: Fields) => unknown): "planned" | "refused" {
  if ("fault" in record) return "refused";
  try {
    plan(record.fields);
    return "planned";
  } catch (error) {
    if (!(error instanceof RecordFault)) throw error;
    return "refused";
  }
}

/** The reason must be a message of the reader, not an error of a library or a mistake of this program. */
function mustBeReason(error: unknown): void {
  const { name, message } = error as Error;
  if (name !== "Error" || !/^(?:the file|the column|each document)/.test(message)) throw error;
}
