import { describe, expect, it } from "vitest";
import { changedNumber } from "./numbers.ts";

const pathOf = (text: string): string | undefined => {
  JSON.parse(text);
  return changedNumber(text)?.path;
};

describe("a number that JSON.parse changes", () => {
  it.each([
    ['{"data":{"t":1e400}}', "data.t"],
    ['{"data":{"t":-1E+999}}', "data.t"],
    ['{"data":{"t":12345678e302}}', "data.t"],
    ['{"data":{"t":1e-400}}', "data.t"],
    ['{"data":{"t":9007199254740993}}', "data.t"],
    ['{"data":{"t":-9007199254740993}}', "data.t"],
    ['{"data":{"t":840380235174088834}}', "data.t"],
    [`{"data":{"t":${"9".repeat(30)}}}`, "data.t"],
    [`{"data":{"t":${"9".repeat(400)}}}`, "data.t"],
    ['{"a":[1,{"b":"9007199254740993","c\\"]":[[],[0,9007199254740993]]}]}', 'a[1].c"][1][1]'],
    ["[1, 2 ,\t9007199254740993]", "[2]"],
    ['{ "a" : 1 , "b" : 9007199254740993 }', "b"],
    ["9007199254740993", ""],
    ['{"id":18446744073709551615}', "id"],
    ['{"data":{"t":9007199254740993.0}}', "data.t"],
    ['{"data":{"t":9007199254740993e0}}', "data.t"],
    ['{"data":{"t":-9007199254740993E+0}}', "data.t"],
    ['{"data":{"t":900719925474099.3e1}}', "data.t"],
    ['{"data":{"t":90071992547409.93e2}}', "data.t"],
    ['{"data":{"t":9007199.254740993e9}}', "data.t"],
    ['{"data":{"t":9.007199254740993e15}}', "data.t"],
    ['{"data":{"t":9.007199254740993E15}}', "data.t"],
    ['{"data":{"t":0.9007199254740993e16}}', "data.t"],
    ['{"data":{"t":0.0009007199254740993e+19}}', "data.t"],
    ['{"data":{"t":90071992547409930e-1}}', "data.t"],
    ['{"data":{"t":90071992547409930.00e-1}}', "data.t"],
    ['{"data":{"t":1.23456789012345678e30}}', "data.t"],
    [`{"data":{"t":0.${"9".repeat(400)}e400}}`, "data.t"],
  ])("is found in %s", (text, path) => {
    expect(pathOf(text)).toBe(path);
  });

  it.each([
    ["1e308"],
    ["1.7976931348623157e308"],
    ["5e-324"],
    ["0e400"],
    ["0.000e-999"],
    ["-0"],
    ["9007199254740991"],
    ["-9007199254740991"],
    ["9007199254740992"],
    ["10000000000000000000000"],
    ["12345678901234567000"],
    ["1764000000000000"],
    ["0.1234567890123456789012"],
    ["9007199254740992.0"],
    ["9007199254740994.0"],
    ["9.007199254740994e15"],
    ["9007199254740993.5"],
    ["9007199254740.9935e3"],
    ["90071992547409.91e2"],
    ["1.2345678901234567e-7"],
    ["1.2345678901234567E+30"],
    ["1.5e300"],
    ["0.00000000000000000000e5"],
    ["3.1415926535897932384626"],
    ['"9007199254740993 and 1e400 as text"'],
    ['{"9007199254740993":1,"1e400":2}'],
    ['["\\\\",9007199254740991]'],
    ["[]"],
    ["null"],
  ])("is not found in %s", (text) => {
    expect(pathOf(text)).toBeUndefined();
    expect(pathOf(`[${text}]`)).toBeUndefined();
  });

  it("is found at any depth, and the error shortens a long path and a long number", () => {
    const deep = `${'{"key":'.repeat(20_000)}1e400${"}".repeat(20_000)}`;
    expect(changedNumber(deep)?.path.length).toBeLessThan(200);
    const long = changedNumber(`{"a":${"9".repeat(10_000)}}`);
    expect(long?.message).toMatch(/^a is 9{40}…, which would be stored as another number/);
    const zeros = `9007199254740993.${"0".repeat(500_000)}1`;
    expect([pathOf(zeros), pathOf(`[${zeros}e3]`)]).toEqual([undefined, undefined]);
    expect(changedNumber("1e400", "payload")?.message).toContain("payload is 1e400");
  });
});
