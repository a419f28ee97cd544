import { expect, it } from "vitest";
import { csv } from "./csv.ts";

it("quotes cells if needed, and keeps spreadsheets from executing them", () => {
  const rows = [
    ["pump-1", 'the "old" one, hall 3', 7],
    ["pump-2", "=HYPERLINK(1)", undefined],
  ];
  expect(csv(["id", "name", "n"], rows)).toBe(
    `id,name,n\r\npump-1,"the ""old"" one, hall 3",7\r\npump-2,'=HYPERLINK(1),\r\n`,
  );
});
