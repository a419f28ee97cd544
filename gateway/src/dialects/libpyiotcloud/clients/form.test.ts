import { expect, it } from "vitest";
import { seeded } from "../../../testing/seeded.ts";
import { readForm } from "./form.ts";

it("reads fields with escapes, spaces and equals signs", () => {
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
  "refuses %s",
  (text) => {
    expect(() => readForm(text)).toThrow(expect.objectContaining({ code: "invalid-request", field: "body" }));
  },
);

it("survives 100,000 random and damaged forms", () => {
  const random = seeded(11);
  const whole = [
    "username=Ada&token=fla_x",
    "a=%C3%A9&b=%26",
    "devicename=pump+1&number=12&value=1",
    "__proto__=%7B%7D",
  ];
  const codes = new Set<string>();
  for (let i = 0; i < 100_000; i++) {
    const bytes = Buffer.from(whole[random(whole.length)] ?? "");
    for (let damage = random(5); damage > 0; damage--) bytes[random(bytes.length)] = random(256);
    try {
      expect(typeof readForm(bytes.toString("utf8"))).toBe("object");
      codes.add("read");
    } catch (error) {
      codes.add(String((error as { code?: string }).code));
    }
  }
  expect([...codes].sort()).toEqual(["invalid-request", "read"]);
});
