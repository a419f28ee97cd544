import { expect, it } from "vitest";
import { pages } from "../pages/index.ts";
import { paths } from "../state/paths.ts";
import { match } from "./match.ts";

it("the app finds the page of an address, with its parameters decoded", () => {
  expect(match("/devices")?.page.tag).toBe("fl-fleet-page");
  expect(match("/devices/")?.page.tag).toBe("fl-fleet-page");
  const found = match("/devices/a%3Ab");
  expect([found?.page.tag, found?.parameters]).toEqual(["fl-device-page", { device: "a:b" }]);
});

it("the app finds no page for an unknown path or a path that cannot be decoded", () => {
  for (const path of ["/", "/nowhere", "/devices/a/b", "/devices/%E0%A4%A"]) expect(match(path)).toBeUndefined();
});

it("the app gives each page its own path, element and key", () => {
  for (const each of [
    pages.map(({ path }) => path),
    pages.map(({ tag }) => tag),
    pages.flatMap(({ navigation }) => navigation?.key ?? []),
  ])
    expect(new Set(each).size).toBe(each.length);
});

it("the app has a page for every path that pages link to", () => {
  const { signIn, setPassword, signUp, confirm, forgot, device, commandsOf, command, changesSince, chain, ...others } =
    paths;
  const { provisionRequest, enrolmentGroup, ...fixed } = others;
  const one = [device("pump 1"), command("018f"), chain("018f/lost"), provisionRequest("018f"), enrolmentGroup("018f")];
  const linked = [...Object.values(fixed), ...one];
  for (const path of linked) expect(match(path)).toBeDefined();
  expect(match(chain("018f/lost"))?.parameters).toEqual({ event: "018f/lost" });
  expect(commandsOf("a b")).toBe(`${paths.commands}?device=a%20b`);
  expect(changesSince("5000", "a b")).toBe(`${paths.changes}?from=5000&device=a+b`);
  for (const outside of [signIn, setPassword, signUp, confirm, forgot]) expect(match(outside)).toBeUndefined();
});

it("the app links from the palette to pages that exist", () => {
  const links = pages.flatMap(({ palette = [] }) =>
    palette.map(({ href }) => new URL(href, "http://gateway").pathname),
  );
  expect(links).not.toHaveLength(0);
  for (const link of links) expect(match(link)).toBeDefined();
});
