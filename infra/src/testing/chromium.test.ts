import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { type TestMachine, testMachine } from "../nats-server/find/testing.ts";
import { ensureChromium } from "./chromium.ts";

let machine: TestMachine;
beforeEach(() => {
  machine = testMachine();
});
afterEach(() => machine.remove());

const ensure = (canInstall = true) => ensureChromium(canInstall, machine.say, machine.env);
const SHELL = "chromium-headless-shell";

/** An apt-get that knows packages with these names, each with a program of the same name. Logs its arguments. */
function aptGetWith(...packages: readonly string[]): void {
  const { folder } = machine;
  machine.program(
    "apt-get",
    `for last; do :; done
echo "$2 $last" >> ${join(folder, "calls")}
for name in ${packages.join(" ")}; do
  [ "$last" = "$name" ] && printf '#!/bin/sh\\nexit 0\\n' > ${folder}/bin/$name && chmod 755 ${folder}/bin/$name && exit 0
done
[ "$2" = update ]`,
  );
}

function calls(): readonly string[] {
  const file = join(machine.folder, "calls");
  return existsSync(file) ? readFileSync(file, "utf8").trimEnd().split("\n") : [];
}

it("installs the headless shell beside a whole Chromium, once", async () => {
  machine.program("chromium", "exit 0");
  aptGetWith(SHELL, "chromium");
  expect(await ensure()).toBe(join(machine.folder, "bin", SHELL));
  expect(await ensure()).toBe(join(machine.folder, "bin", SHELL));
  expect(calls()).toEqual([`install ${SHELL}`]);
});

it("keeps a whole Chromium and does not update the lists if no package has the shell", async () => {
  const chromium = machine.program("chromium", "exit 0");
  aptGetWith("chromium");
  expect(await ensure()).toBe(chromium);
  expect(calls()).toEqual([`install ${SHELL}`]);
});

it("installs Chromium where there is none and no package has the shell", async () => {
  aptGetWith("chromium");
  expect(await ensure()).toBe(join(machine.folder, "bin", "chromium"));
  expect(calls()).toEqual([`install ${SHELL}`, "update update", `install ${SHELL}`, "install chromium"]);
});

it("installs nothing where it may not", async () => {
  aptGetWith(SHELL, "chromium");
  expect(await ensure(false)).toBeUndefined();
  expect(calls()).toEqual([]);
});
