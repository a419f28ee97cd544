import { FleetError } from "@fleetlog/domain";
import { type ExportLinesRequest, exportPart } from "@fleetlog/protocol";
import { expect, it, vi } from "vitest";
import { exportLines } from "./export-lines.ts";

const asked: ExportLinesRequest = { format: "csv", categories: ["device"] };
const gone = () => new FleetError("history-unavailable", "gone");
const never = new AbortController().signal;
const PAUSES = [1, 1, 1];

/** A historian with the events 1 to 6, which ends in each answer after some parts. */
function failing(after: readonly number[]) {
  const requests: ExportLinesRequest[] = [];
  let ended = 0;
  async function* read(_: string, given: unknown): AsyncGenerator<string, void, undefined> {
    const request = given as ExportLinesRequest;
    const dies = after[requests.length] ?? Number.POSITIVE_INFINITY;
    requests.push(request);
    if (dies < 0) throw gone();
    try {
      const { from = 1, to = 6, header = true } = request;
      yield JSON.stringify({ stream: "FLEET", from, to });
      let made = 0;
      let text = header ? "seq\n" : "";
      for (let seq = Number(from); seq <= Number(to); seq++) {
        if (made++ >= dies) throw gone();
        yield exportPart(seq, `${text}${seq}\n`);
        text = "";
      }
    } finally {
      ended++;
    }
  }
  return { history: { read }, requests, ended: () => ended };
}

async function all(text: AsyncIterable<string>): Promise<string> {
  let whole = "";
  for await (const part of text) whole += part;
  return whole;
}

it("an export continues with another historian where one has ended", async () => {
  const { history, requests } = failing([2, -1, 1, 0]);
  const { head, text } = await exportLines(history, asked, never, PAUSES);
  expect(head).toEqual({ stream: "FLEET", from: 1, to: 6 });
  expect(await all(text)).toBe("seq\n1\n2\n3\n4\n5\n6\n");
  expect(requests.map(({ from, to, header }) => [from, to, header])).toEqual([
    [undefined, undefined, undefined],
    [3, 6, false],
    [3, 6, false],
    [4, 6, false],
    [4, 6, false],
  ]);
});

it("an export gives up if no historian comes back", async () => {
  const { history } = failing([1, ...Array.from({ length: 20 }, () => -1)]);
  const { text } = await exportLines(history, asked, never, PAUSES);
  await expect(all(text)).rejects.toMatchObject({ code: "history-unavailable" });
});

it("an export does not continue within a line", async () => {
  async function* read(): AsyncGenerator<string, void, undefined> {
    yield JSON.stringify({ stream: "FLEET", from: 1, to: 6 });
    yield exportPart(-1, "half of");
    throw gone();
  }
  const { text } = await exportLines({ read }, asked, never, PAUSES);
  await expect(all(text)).rejects.toMatchObject({ code: "history-unavailable" });
});

it("an export ends the answer when the answer is aborted, although nobody reads it", async () => {
  const { history, ended } = failing([]);
  const abort = new AbortController();
  await exportLines(history, asked, abort.signal);
  expect(ended()).toBe(0);
  abort.abort();
  await vi.waitFor(() => expect(ended()).toBe(1));
});
