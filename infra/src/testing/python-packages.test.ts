import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { type TestMachine, testMachine } from "../nats-server/find/testing.ts";
import { fetchPythonPackages } from "./python-packages.ts";

let machine: TestMachine;
beforeEach(() => {
  machine = testMachine();
});
afterEach(() => machine.remove());

/** Logs the folder of each installation in the file `calls`, and does `then` there. */
function pythonThat(then: string): void {
  machine.program(
    "python3",
    `[ "$1" = -c ] && echo cpython-311 && exit 0
while [ "$1" != --target ]; do shift; done
echo "$2" >> ${join(machine.folder, "calls")}
cd "$2" && ${then}`,
  );
}

it("Python packages are fetched once, and found by programs beside those of PYTHONPATH", async () => {
  pythonThat("touch package");
  const path = await fetchPythonPackages(machine);
  expect(existsSync(join(path ?? "", "package"))).toBe(true);
  machine.env.PYTHONPATH = "/others";
  expect(await fetchPythonPackages(machine)).toBe(`${path}:/others`);
  expect(readFileSync(join(machine.folder, "calls"), "utf8").trim().split("\n")).toHaveLength(1);
});

it("the reason of a failed installation is reported, and nothing of the installation is kept", async () => {
  pythonThat("touch half && echo 'ERROR: no such version' >&2 && exit 1");
  expect(await fetchPythonPackages(machine)).toBeUndefined();
  expect(machine.said.at(-1)).toContain("no such version");
  expect(readdirSync(join(machine.cache, "python", "cpython-311"))).toEqual([]);
});

it("nothing is fetched for a Python without pip", async () => {
  machine.program("python3", "echo \"No module named 'pip'\" >&2; exit 1");
  expect(await fetchPythonPackages(machine)).toBeUndefined();
  expect(machine.said).toEqual([]);
});
