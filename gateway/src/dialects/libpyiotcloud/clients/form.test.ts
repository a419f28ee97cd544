import { fuzzMessages, fuzzSeed, heapGrowth, MOST_GROWTH, mutated, seeded } from "@fleetlog/runtime/testing";
import { expect, it } from "vitest";
import { readForm } from "./form.ts";

it("the form parser reads fields with escapes, spaces and equals signs", () => {
  expect(readForm("a=1&b=x+y%26%3D&c&d=e=f&&%C3%A9=%F0%9F%98%80")).toEqual({
    a: "1",
    b: "x y&=",
    c: "",
    d: "e=f",
    é: "😀",
  });
  expect(readForm("")).toEqual({});
  expect(Object.keys(readForm("__proto__=1"))).toEqual(["__proto__"]);
});

it.each(["a=%", "a=%ff", "%zz=1", "a=1&a=2", Array.from({ length: 65 }, (_, i) => `f${i}`).join("&")])(
  "the form parser refuses %s",
  (text) => {
    expect(() => readForm(text)).toThrow(expect.objectContaining({ code: "invalid-request", field: "body" }));
  },
);

it("the form parser reads or refuses random and damaged forms, and retains no memory of them", async () => {
  const random = seeded(fuzzSeed(11));
  const whole = [
    "username=Ada&token=fla_x",
    "a=%C3%A9&b=%26",
    "devicename=pump+1&number=12&value=1",
    "__proto__=%7B%7D",
  ].map((text) => Buffer.from(text));
  const codes = new Set<string>();
  const growth = await heapGrowth(() => {
    for (let i = 0; i < fuzzMessages(20_000); i++) {
      const bytes = mutated(random, whole[random(whole.length)] as Buffer);
      try {
        codes.add(typeof readForm(bytes.toString("utf8")));
      } catch (error) {
        codes.add(String((error as { code?: string }).code));
      }
    }
  });
  expect(growth).toBeLessThan(MOST_GROWTH);
  expect([...codes].sort()).toEqual(["invalid-request", "object"]);
}, 300_000);
