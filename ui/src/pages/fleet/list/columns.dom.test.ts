// @vitest-environment happy-dom
import { describe, expect, it } from "vitest";
import type { DeviceResource } from "../../../data/devices.ts";
import { COLUMNS, type Column, contents, fitting, tracks, widths } from "./columns.ts";

const keys = (width: number) => fitting(COLUMNS, width).map(({ key }) => key);

it("drops the last columns first, but never id and status", () => {
  expect(keys(1_000)).toEqual(COLUMNS.map(({ key }) => key));
  expect(keys(10)).toEqual(["id", "status"]);
  expect(keys(30)).toEqual(["id", "status", "name"]);
});

const column = (key: string, least: number, share: number, most = least): Column => ({
  key,
  title: key,
  least,
  most,
  share,
  cell: () => "",
});
const rounded = (wide: ReadonlyMap<string, number>) =>
  [...wide].map(([key, width]) => [key, Math.round(width * 10) / 10]);

it("has a track for the check boxes and one for each column; the first column takes the rest", () => {
  const columns = [column("a", 4, 1), column("b", 5, 0)];
  expect(tracks(columns, new Map([["a", 7.123]]))).toBe("2.5rem minmax(7.12rem, 1fr) 5.00rem");
});

describe("widths", () => {
  const columns = [column("a", 4, 1, 20), column("b", 10, 3, 30), column("c", 5, 0)];
  const wanted = new Map([
    ["a", 10],
    ["b", 20],
  ]);

  it("are the widths of the content, with the remaining room distributed by share", () => {
    expect(rounded(widths(columns, 37.5, wanted))).toEqual([
      ["a", 10],
      ["b", 20],
      ["c", 5],
    ]);
    expect(rounded(widths(columns, 45.5, wanted))).toEqual([
      ["a", 12],
      ["b", 26],
      ["c", 5],
    ]);
  });

  it("exceed their least widths by the same amount if the room is short, unless a column needs less", () => {
    expect(rounded(widths(columns, 29.5, wanted))).toEqual([
      ["a", 8],
      ["b", 14],
      ["c", 5],
    ]);
    expect(rounded(widths(columns, 29.5, new Map([...wanted, ["a", 6]])))).toEqual([
      ["a", 6],
      ["b", 16],
      ["c", 5],
    ]);
    expect(rounded(widths(columns, 10, wanted))).toEqual([
      ["a", 4],
      ["b", 10],
      ["c", 5],
    ]);
  });

  it("stay within their limits for any content", () => {
    const endless = new Map([
      ["a", 500],
      ["b", 0],
    ]);
    expect(rounded(widths(columns, 37.5, endless))).toEqual([
      ["a", 20],
      ["b", 10],
      ["c", 5],
    ]);
  });
});

describe("contents", () => {
  const device = (id: string, tags: string[] = []) => ({ id, tags }) as unknown as DeviceResource;
  const wanted = (devices: readonly DeviceResource[]) => contents(COLUMNS, devices, (text) => text.length);

  it("ignore the widest three in a hundred devices", () => {
    const devices = Array.from({ length: 100 }, (_, index) => device("x".repeat(index < 97 ? 12 : 120)));
    expect(wanted(devices).get("id")).toBe(12.75);
    expect(wanted([device("x".repeat(120)), ...devices.slice(1)]).get("id")).toBe(120.75);
  });

  it("have at least the title's width, and are not measured for columns of fixed width", () => {
    expect(wanted([]).get("name")).toBe("Name".length + 1.25);
    expect(wanted([device("a")]).has("since")).toBe(false);
    expect(wanted([device("a", ["critical", "hall-3", "pump"])]).get("tags")).toBeGreaterThan(10);
  });
});
