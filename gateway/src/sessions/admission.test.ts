import { expect, it } from "vitest";
import { Admission } from "./admission.ts";

it("lets so many through at once, the rest in line, and turns away whom the line can't hold", async () => {
  const admission = new Admission({ atOnce: 2, waiting: 3 });
  const doors = Array.from({ length: 6 }, () => Promise.withResolvers<number>());
  let inside = 0;
  let most = 0;
  const visits = doors.map((door) =>
    admission.run(async () => {
      most = Math.max(most, ++inside);
      const value = await door.promise;
      inside--;
      return value;
    }),
  );
  await expect(visits[5]).rejects.toMatchObject({ code: "unavailable", retryAfterMs: expect.any(Number) });
  for (const [n, door] of doors.entries()) door.resolve(n);
  expect(await Promise.all(visits.slice(0, 5))).toEqual([0, 1, 2, 3, 4]);
  expect(most).toBe(2);
});

it("has its places back whatever became of those who had them", async () => {
  const admission = new Admission({ atOnce: 1, waiting: 1 });
  const failing = () => Promise.reject(new Error("no"));
  const outcomes = await Promise.allSettled([admission.run(failing), admission.run(failing)]);
  expect(outcomes.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
  expect(await admission.run(async () => "in")).toBe("in");
});
