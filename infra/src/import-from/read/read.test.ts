import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { arrayItems } from "./array-items.ts";
import { readCsv } from "./csv.ts";
import { MAX_DOCUMENT, readDocuments } from "./documents.ts";
import { lines } from "./lines.ts";

const folder = mkdtempSync(join(tmpdir(), "fleetlog-read-"));
afterAll(() => rmSync(folder, { recursive: true }));
const written = (content: string | Buffer) => {
  const path = join(folder, "file");
  writeFileSync(path, content);
  return path;
};
async function all<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const found: Item[] = [];
  for await (const item of items) found.push(item);
  return found;
}
const csv = (content: string | Buffer) => all(readCsv(written(content)));
const documents = (content: string | Buffer) => all(readDocuments(written(content)));

describe("a CSV file", () => {
  it("has column names in its first line, whatever their case and underscores; cells are read unchanged", async () => {
    const text = '\uFEFFClientId,user_name,PASSWORD\r\ng-1,line 1," a,""b"" "\r\n\r\ng-2,line-2,x\n';
    expect(await csv(text)).toEqual([
      { row: 1, fields: { clientid: "g-1", username: "line 1", password: ' a,"b" ' } },
      { row: 2, fields: { clientid: "g-2", username: "line-2", password: "x" } },
    ]);
  });

  it("may have rows that are refused: a wrong number of cells, or another encoding", async () => {
    const latin = Buffer.concat([
      Buffer.from("clientid,username\na\nb,c,d\n"),
      Buffer.from([0xe4]),
      Buffer.from(",e\nf,g\n"),
    ]);
    expect(await csv(latin)).toEqual([
      { row: 1, fault: "the row has 1 cells, and the first line has 2" },
      { row: 2, fault: "the row has 3 cells, and the first line has 2" },
      { row: 3, fault: "the row is not UTF-8" },
      { row: 4, fields: { clientid: "f", username: "g" } },
    ]);
  });

  it.each([
    ["", "the file is empty"],
    ["a,a\n1,2\n", "the column a appears twice"],
    ['a,b\n1,2\n3,"4\n', "a quote is not closed"],
    ['a,b\n1,"2"3\n', "text follows a closing quote"],
    [`a,b\n1,${"2".repeat(70_000)}\n`, "a row is too long"],
  ])("can't be read: %j", async (text, message) => {
    await expect(csv(text)).rejects.toThrow(message);
  });

  it("yields the rows before an unreadable place", async () => {
    const seen: number[] = [];
    await expect(async () => {
      for await (const { row } of readCsv(written('a,b\n1,2\n3,4\n5,"6"7\n'))) seen.push(row);
    }).rejects.toThrow("(after row 2)");
    expect(seen).toEqual([1, 2]);
  });
});

describe("a file of mongoexport", () => {
  it("has a document on each line, with extended JSON", async () => {
    const text =
      '{"_id":{"$oid":"5e"},"deviceid":"a","timestamp":{"$numberLong":"15"},"more":[{"$numberInt":"1"}]}\n\n{"deviceid":"b"}\r\n';
    expect(await documents(text)).toEqual([
      { row: 1, fields: { _id: "5e", deviceid: "a", timestamp: 15, more: [1] } },
      { row: 2, fields: { deviceid: "b" } },
    ]);
  });

  it.each([
    '[{"a":"1"},{"b":"]},{[\\""}]',
    ' [\n{"a":"1"},\n{"b":"]},{[\\""}\n]\n',
    '[{"a":"1"}]\n[{"b":"]},{[\\""}]\n',
  ])("may be an array: %j", async (text) => {
    expect(await documents(text)).toEqual([
      { row: 1, fields: { a: "1" } },
      { row: 2, fields: { b: ']},{["' } },
    ]);
  });

  it("may have documents over several lines each (--pretty), and a damaged one does not spoil the next", async () => {
    const text = [
      ...["{", '\t"a": 1,', '\t"b": {', '\t\t"$oid": "5e"', "\t}", "}"],
      ...["{", '\t"cut": 1,'],
      ...["{\r", '\t"a": 2', "}"],
      ...["{", `\t"long": "${"x".repeat(MAX_DOCUMENT)}"`, "}"],
      ...["}", "{}"],
      ...["{", '\t"a": 3'],
    ].join("\n");
    expect(await documents(text)).toEqual([
      { row: 1, fields: { a: 1, b: "5e" } },
      { row: 2, fault: "the document is not JSON" },
      { row: 3, fields: { a: 2 } },
      { row: 4, fault: `the document has more than ${MAX_DOCUMENT} bytes` },
      { row: 5, fault: "the document is not JSON" },
      { row: 6, fields: {} },
      { row: 7, fault: "the document is not JSON" },
    ]);
  });

  it("may have numbers that JavaScript can't represent exactly; they become texts", async () => {
    const text =
      '{"username":840380235174088834,"a":[1e400,{"$numberLong":"9007199254740993"}],"n":5,"d":{"$numberDouble":"0.5"},"t":"1e400"}';
    expect(await documents(text)).toEqual([
      {
        row: 1,
        fields: { username: "840380235174088834", a: ["1e400", "9007199254740993"], n: 5, d: 0.5, t: "1e400" },
      },
    ]);
    expect(await documents('{"username":{"$numberLong":"840380235174088834"}}')).toEqual([
      { row: 1, fields: { username: "840380235174088834" } },
    ]);
  });

  it("may have rows (--type=csv)", async () => {
    const text = '_id,deviceid,devicename,cert\nObjectId(5e),a,"Pump ""1"" ","-----BEGIN\n-----END\n"\n,b,,\n';
    expect(await documents(text)).toEqual([
      {
        row: 1,
        fields: { id: "ObjectId(5e)", deviceid: "a", devicename: 'Pump "1" ', cert: "-----BEGIN\n-----END\n" },
      },
      { row: 2, fields: { id: "", deviceid: "b", devicename: "", cert: "" } },
    ]);
  });

  it("may have documents that are refused", async () => {
    const bytes = Buffer.concat([
      Buffer.from(`{"a":1\n[1]\n"text"\n{"a":"${"x".repeat(MAX_DOCUMENT)}"}\n{"a":"`),
      Buffer.from([0xe4]),
      Buffer.from('"}\n{"a":2}'),
    ]);
    expect(await documents(bytes)).toEqual([
      { row: 1, fault: "the document is not JSON" },
      { row: 2, fault: "the document is not a JSON object" },
      { row: 3, fault: "the document is not a JSON object" },
      { row: 4, fault: `the document has more than ${MAX_DOCUMENT} bytes` },
      { row: 5, fault: "the document is not UTF-8" },
      { row: 6, fields: { a: 2 } },
    ]);
    expect(await documents('[{"a":1},{"a",},7,{"a":2}]')).toEqual([
      { row: 1, fields: { a: 1 } },
      { row: 2, fault: "the document is not JSON" },
      { row: 3, fault: "the document is not a JSON object" },
      { row: 4, fields: { a: 2 } },
    ]);
  });

  it.each([
    ["", "the file has no documents"],
    ["[]", "the file has no documents"],
    ['[{"a":1},', "ends before its array does"],
    ['[{"a":1}]]', "not an array of documents"],
  ])("can't be read: %j", async (text, message) => {
    await expect(documents(text)).rejects.toThrow(message);
  });

  it.each([1, 2, 3, 7])("is read in chunks of %i bytes as well", async (size) => {
    async function* chunks(text: string) {
      const bytes = Buffer.from(text);
      for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
    }
    const texts = async (items: AsyncIterable<Uint8Array | undefined>) =>
      (await all(items)).map((item) => item && Buffer.from(item).toString().trim());
    expect(await texts(arrayItems(chunks('[{"ä":"\\\\"}, {"b":[1,{}]},{"long":"12345678901234567890"}]'), 20))).toEqual(
      ['{"ä":"\\\\"}', '{"b":[1,{}]}', undefined],
    );
    expect(await texts(lines(chunks("\ufeffone\n \r\ntwö\n1234567890123\nend"), 10))).toEqual([
      "\ufeffone".trim(),
      "twö",
      undefined,
      "end",
    ]);
  });
});

describe("a document in each notation of extended JSON", () => {
  const ID = "5d505646cf6d4fe581014ab2";
  const AT = "2019-08-11T17:54:14.692Z";
  const MS = Date.parse(AT);
  /**
   * The notations of mongoexport: up to 4.0 version 1; from 4.2 on version 2, relaxed unless `--jsonFormat=canonical`.
   */
  const NOTATIONS = {
    "version 1": `{"_id":{"$oid":"${ID}"},"username":"ada","deviceid":"d","timestamp":{"$numberLong":"15"},"count":3,"at":{"$date":"${AT}"},"share":0.5}`,
    "version 2, relaxed": `{"_id":{"$oid":"${ID}"},"username":"ada","deviceid":"d","timestamp":15,"count":3,"at":{"$date":"${AT}"},"share":0.5}`,
    "version 2, canonical": `{"_id":{"$oid":"${ID}"},"username":"ada","deviceid":"d","timestamp":{"$numberLong":"15"},"count":{"$numberInt":"3"},"at":{"$date":{"$numberLong":"${MS}"}},"share":{"$numberDouble":"0.5"}}`,
  };
  const fields = { _id: ID, username: "ada", deviceid: "d", timestamp: 15, count: 3, share: 0.5 };

  it.each(Object.entries(NOTATIONS))(
    "%s is read with one document on each line, with --jsonArray and with --pretty",
    async (_, document) => {
      const pretty = JSON.stringify(JSON.parse(document), undefined, "\t");
      for (const text of [
        `${document}\n${document}\n`,
        `[${document},${document}]\n`,
        `[${pretty},\n${pretty}]\n`,
        `${pretty}\n${pretty}\n`,
      ]) {
        const read = await documents(text);
        expect(read.map(({ row }) => row)).toEqual([1, 2]);
        for (const one of read) expect(one).toMatchObject({ fields });
        const [first] = read;
        expect(first !== undefined && "fields" in first && new Date(first.fields.at as string).getTime()).toBe(MS);
      }
    },
  );
});
