import { expect, it } from "vitest";
import { csv } from "./csv.ts";

it("the CSV writer quotes cells if needed, and begins with the byte order mark by which spreadsheets recognize UTF-8", () => {
  const rows = [
    ["pump-1", 'the "old" one, hall 3', 7],
    ["pump-2", "Kühlraum", undefined],
  ];
  expect(csv(["id", "name", "n"], rows)).toBe(
    `\u{feff}id,name,n\r\npump-1,"the ""old"" one, hall 3",7\r\npump-2,Kühlraum,\r\n`,
  );
});

it.each([
  "=HYPERLINK(1)",
  "+1",
  "-1",
  "@A1",
  "＝1+1",
  "＋1",
  "－1",
  "＠A1",
  " =1+1",
  "\u{3000}＝1",
  "\t=1",
  "\r=1",
  "\n=1",
])("the CSV writer keeps spreadsheets from executing %j", (formula) => {
  const [, line = ""] = /^\u{feff}a\r\n"?([\s\S]*)/u.exec(csv(["a"], [[formula]])) ?? [];
  expect(line.startsWith(`'${formula}`)).toBe(true);
});

it("the CSV writer leaves numbers and other texts unchanged", () => {
  expect(csv(["a", "b", "c"], [[-7, "pump-1", "a=b"]])).toBe("\u{feff}a,b,c\r\n-7,pump-1,a=b\r\n");
});
