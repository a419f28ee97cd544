import { expect, it } from "vitest";
import { Admission } from "./admission.ts";

it("Admission runs 2 log-ins at once when `concurrent` is 2, queues 3 when `waiting` is 3, and refuses the sixth", async () => {
  const admission = new Admission({ concurrent: 2, waiting: 3 });
  const gates = Array.from({ length: 6 }, () => Promise.withResolvers<number>());
  let running = 0;
  let most = 0;
  const logIns = gates.map((gate) =>
    admission.run(async () => {
      most = Math.max(most, ++running);
      const value = await gate.promise;
      running--;
      return value;
    }),
  );
  await expect(logIns[5]).rejects.toMatchObject({ code: "unavailable", retryAfterMs: expect.any(Number) });
  for (const [n, gate] of gates.entries()) gate.resolve(n);
  expect(await Promise.all(logIns.slice(0, 5))).toEqual([0, 1, 2, 3, 4]);
  expect(most).toBe(2);
});

it("Admission runs the next log-in after a failed log-in", async () => {
  const admission = new Admission({ concurrent: 1, waiting: 1 });
  const failing = () => Promise.reject(new Error("no"));
  const outcomes = await Promise.allSettled([admission.run(failing), admission.run(failing)]);
  expect(outcomes.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
  expect(await admission.run(async () => "in")).toBe("in");
});
