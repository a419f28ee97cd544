import { expect, it } from "vitest";
import { compact, cut, json } from "./compact.ts";

it.each([
  [{ celsius: 22.5, humidity: 41 }, "celsius 22.5, humidity 41"],
  [{ on: true, at: null, of: { a: [1, "b"] } }, 'on true, at null, of {"a":[1,"b"]}'],
  [[1, { a: undefined, b: "c" }], '[1,{"b":"c"}]'],
  [{}, ""],
  ["text", "text"],
  [undefined, ""],
])("shortens %j", (value, text) => expect(compact(value)).toBe(text));

it("writes the same JSON as JSON.stringify", () => {
  const value = { text: 'a "b"\n', list: [null, true, -1.5, {}], "odd name": { deep: [] } };
  expect(json(value)).toBe(JSON.stringify(value));
});

it("reads only the part of a large value that it shows", () => {
  let read = 0;
  const item = { toString: () => "" };
  const large = new Proxy(
    { first: "x".repeat(300) },
    {
      ownKeys: () => ["first", "second"],
      get: (target, name) => {
        read += name === "second" ? 1 : 0;
        return name === "first" ? target.first : item;
      },
    },
  );
  expect(compact([large])).toBe(cut(`[{"first":"${"x".repeat(300)}`));
  expect(read).toBe(0);
  const deep = JSON.parse(`${"[".repeat(200)}${"]".repeat(200)}`);
  expect(compact({ deep, wide: Array.from({ length: 100_000 }, () => "y") })).toHaveLength(201);
});
