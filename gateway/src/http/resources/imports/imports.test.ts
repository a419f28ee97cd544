import { Readable } from "node:stream";
import type { ImportReport } from "@fleetlog/protocol";
import { beforeEach, describe, expect, it } from "vitest";
import { withViews } from "../../../testing/test-node.ts";
import { type TestServer, testServer } from "../../../testing/test-server.ts";

let server: TestServer;
beforeEach(async () => {
  server = await testServer();
  await withViews(server.node.backbone);
  server.node.core.importer.start(server.node.fleet);
});

const authorization = () => `Bearer ${server.token}`;
const post = (payload: string | Buffer | Readable | object, type = "text/csv", query = "") =>
  server.app.inject({
    method: "POST",
    url: `/api/imports${query}`,
    payload: payload as string,
    headers: { authorization: authorization(), "content-type": type },
  });
const get = (path: string, accept = "application/json") =>
  server.app.inject({ url: `/api/imports${path}`, headers: { authorization: authorization(), accept } });

async function reportOf(id: string): Promise<ImportReport> {
  const read = async () => (await get(`/${id}`)).json() as ImportReport;
  await expect.poll(async () => (await read()).state).toBe("ended");
  return read();
}

async function imported(payload: Parameters<typeof post>[0], type?: string, query?: string): Promise<ImportReport> {
  const answer = await post(payload, type, query);
  expect(answer.statusCode, answer.body).toBe(202);
  expect(answer.headers.location).toBe(`/api/imports/${answer.json().id}`);
  return reportOf(answer.json().id);
}
const device = async (id: string) =>
  (await server.app.inject({ url: `/api/devices/${id}`, headers: { authorization: authorization() } })).json();

describe("a CSV file", () => {
  it("may have a byte order mark, quotes, empty lines, and CRLF or LF", async () => {
    const report = await imported('\u{feff}id,name,tags\r\na,"Pump ""A"", hall 1",x y\nb,"Küche",\r\n\r\nc,,"p,q"');
    expect(report).toMatchObject({ rows: 3, created: 3, failures: [] });
    expect(await device("a")).toMatchObject({ name: 'Pump "A", hall 1', tags: ["x", "y"] });
    expect(await device("b")).toMatchObject({ name: "Küche", tags: [] });
    expect(await device("c")).toMatchObject({ tags: ["p", "q"] });
  });

  it("may have line breaks within quotes", async () => {
    const report = await imported('id,name\na,"Line 1\r\nLine 2"\nb,B');
    expect(report).toMatchObject({ rows: 2, created: 1, failures: [{ row: 1, id: "a", field: "name" }] });
  });

  it("is read in pieces of one byte, also within a character", async () => {
    const bytes = Buffer.from(`id,name\n${Array.from({ length: 300 }, (_, i) => `d${i},Küche ${i}`).join("\n")}`);
    const pieces = Array.from({ length: bytes.length }, (_, i) => bytes.subarray(i, i + 1));
    expect(await imported(Readable.from(pieces))).toMatchObject({ rows: 300, created: 300 });
    expect(await device("d299")).toMatchObject({ name: "Küche 299" });
  });

  it.each([
    ["has a row with too few cells", "id,name\na", /line 2.*cells/],
    ["has an open quote", 'id\n"a', /quote/],
    ["has a quote inside of a cell", 'id,name\na,x"y"', /line 2.*quote is inside/],
    ["is not UTF-8", Buffer.from([...Buffer.from("id\n"), 0xff, 0x0a]), /UTF-8/],
    ["has no names of columns", "1,2\n3,4", /names of the columns/],
    ["names a column twice", "id,id\na,b", /twice/],
  ])("is refused as a whole when it %s", async (_, payload, detail) => {
    const answer = await post(payload);
    expect(answer.json()).toMatchObject({ status: 400, code: "invalid-request", field: "body" });
    expect(answer.json().detail).toMatch(detail);
    expect((await get("")).json().items).toEqual([]);
  });

  it("is refused when it has an unknown column, or no rows", async () => {
    expect((await post("id,colour\na,red")).json()).toMatchObject({ code: "invalid-request", field: "rows" });
    expect((await post("id\n")).json()).toMatchObject({ code: "invalid-request", field: "rows" });
    expect((await post("")).json()).toMatchObject({ code: "invalid-request" });
  });
});

it("an import accepts JSON rows with a text or list of tags, and reports a failure with its row and field", async () => {
  const rows = [
    { id: "a", tags: ["x"] },
    { id: "b", tags: 7 },
    { id: "c", tags: "not,a problem" },
  ];
  const report = await imported({ rows }, "application/json");
  expect(report).toMatchObject({ created: 2, failed: 1, failures: [{ row: 2, id: "b", field: "tags" }] });
});

describe("with a template", () => {
  const query = `?template=${encodeURIComponent('{"generateActivationKey":true}')}`;

  it("the rows of a CSV file make provision requests, whose secrets are given once", async () => {
    const report = await imported("clientId,userName,device.tags\nm1,m1-S,a b\nm2,,", "text/csv", query);
    expect(report).toMatchObject({ kind: "provision-requests", created: 1, failed: 1 });
    expect(report.failures).toMatchObject([{ row: 2, id: "m2", field: "userName" }]);
    const { items } = (await get(`/${report.id}/credentials`)).json();
    expect(items).toMatchObject([{ row: 1, clientId: "m1", userName: "m1-S" }]);
    expect([items[0].password.length, items[0].activationKey.length]).toEqual([24, 32]);
  });

  it("the rows of JSON make provision requests", async () => {
    const rows = [{ clientId: "m3", userName: "m3-S", maxRetries: 2, bundles: [] }];
    const report = await imported({ template: { device: { tags: ["x"] } }, rows }, "application/json");
    expect(report).toMatchObject({ created: 1, failures: [] });
  });

  it.each(["[1]", "no", "7", '{"configuration":{"serial":840380235174088834}}'])(
    "a template %s is refused",
    async (template) => {
      const answer = await post("clientId\nm", "text/csv", `?template=${encodeURIComponent(template)}`);
      expect(answer.json()).toMatchObject({ code: "invalid-request", field: "template" });
    },
  );
});

it("a dry run checks rows, and creates nothing", async () => {
  const report = await imported("id\na\nb!", "text/csv", "?dryRun=true");
  expect(report).toMatchObject({ dryRun: true, created: 1, failed: 1, credentials: "none" });
  expect(await device("a")).toMatchObject({ code: "device-unknown" });
});

it("the credentials are answered once, as JSON or CSV, and not to HEAD", async () => {
  const { id } = await imported("id\na\nb");
  const head = await server.app.inject({
    method: "HEAD",
    url: `/api/imports/${id}/credentials`,
    headers: { authorization: authorization() },
  });
  expect(head.statusCode).toBe(405);
  const answer = await get(`/${id}/credentials`, "text/csv");
  const lines = answer.body.trimEnd().split("\r\n");
  expect(lines[0]).toBe("\u{feff}row,id,token,clientId,userName,password,activationKey");
  expect(lines[1]).toMatch(/^1,a,fld_[\w-]+\.[\w-]{43},,,,$/);
  expect(lines).toHaveLength(3);
  const again = await get(`/${id}/credentials`);
  expect([again.statusCode, again.json().code]).toEqual([410, "credentials-gone"]);
  const { id: other } = await imported("id\nc");
  const json = await get(`/${other}/credentials`);
  expect(json.headers["content-encoding"]).toBeUndefined();
  expect(json.json().items).toMatchObject([{ row: 1, id: "c" }]);
});

it.each(["3f1c2d4e-0000-4000-8000-000000000001", "nothing", "a.*", ">"])(
  "an import with the unknown id %s is answered with 404",
  async (id) => {
    const unknown = { status: 404, code: "import-unknown", field: "id" };
    expect((await get(`/${encodeURIComponent(id)}`)).json()).toMatchObject(unknown);
    expect((await get(`/${encodeURIComponent(id)}/credentials`)).json()).toMatchObject(unknown);
  },
);
