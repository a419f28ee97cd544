import type { IncomingMessage } from "node:http";
import { Readable } from "node:stream";
import { FleetError } from "@fleetlog/domain";
import { fuzzMessages, fuzzSeed, heapGrowth, MOST_GROWTH, mutated, seeded } from "@fleetlog/runtime/testing";
import { expect, it } from "vitest";
import { csvRows } from "./rows.ts";

const FILES = fuzzMessages(1_500);
const FILE = Buffer.from('id,name,tags\r\na,"Pump ""A"", hall 1",x y\nb,"Küche",\r\n\r\nc,"two\nlines","p,q"\nd,e,f\n');

it("damaged CSV files are read, or refused with a reason, and no memory is retained", async () => {
  const random = seeded(fuzzSeed(29));
  const counts = { read: 0, refused: 0 };
  const growth = await heapGrowth(async () => {
    for (let i = 0; i < FILES; i++) {
      const bytes = mutated(random, FILE);
      const cut = random(bytes.length);
      const body = Readable.from([bytes.subarray(0, cut), bytes.subarray(cut)]) as IncomingMessage;
      try {
        for await (const row of csvRows(body))
          if (Object.values(row).some((cell) => typeof cell !== "string")) throw new Error("a cell is no text");
        counts.read++;
      } catch (error) {
        if (!(error instanceof FleetError && error.code === "invalid-request")) throw error;
        counts.refused++;
      }
    }
  });
  expect(growth).toBeLessThan(MOST_GROWTH);
  expect(Math.min(counts.read, counts.refused)).toBeGreaterThan(FILES / 20);
}, 300_000);
