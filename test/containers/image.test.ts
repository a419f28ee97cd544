import { docker } from "@fleetlog/infra/containers";
import { expect, it } from "vitest";
import { images, runLabels } from "../support/containers/container.ts";
import { suiteWith } from "../support/suite-with.ts";

/** Bytes. infra/README.md has the actual size. */
const LARGEST = 400 * 1024 ** 2;
const labels = Object.entries(runLabels).flatMap(([name, value]) => ["--label", `${name}=${value}`]);

const inImage = (...command: string[]) => docker(["run", "--rm", ...labels, images.fleetlog, ...command]);

const WITHOUT_LICENCE = `
  const { globSync, readFileSync } = require("node:fs");
  const text = readFileSync("THIRD-PARTY.txt", "utf8");
  const files = globSync(["node_modules/{*,@*/*}/package.json", "node_modules/**/node_modules/{*,@*/*}/package.json"]);
  const packages = files.map((file) => JSON.parse(readFileSync(file, "utf8")));
  const others = packages.filter(({ name }) => !name.startsWith("@fleetlog/"));
  console.log(others.length);
  for (const { name, version } of others) if (!text.includes("\\n" + name + " " + version + " (")) console.log(name);`;

suiteWith("containers", "the image", () => {
  it("is smaller than 400 MiB", async () => {
    const [size] = await docker(["image", "inspect", "--format", "{{.Size}}", images.fleetlog]);
    expect(Number(size)).toBeGreaterThan(0);
    expect(Number(size)).toBeLessThan(LARGEST);
  });

  it("runs as a user that is not root, and can write only to its data folder", async () => {
    const lines = await inImage("sh", "-c", "id -u; touch /data/file && ls /data; touch /app/file 2>&1; true");
    expect(lines).toEqual(["1000", "file", expect.stringMatching(/\/app\/file.*Permission denied/)]);
  });

  it("has everything that the processes run, but neither tests nor tools", async () => {
    const modules = await inImage("sh", "-c", "ls node_modules | tr '\\n' ' '");
    const installed = new Set(modules.join().split(" "));
    for (const each of ["fastify", "mqtt"]) expect(installed).toContain(each);
    for (const each of ["node", "vitest", "typescript", "turbo", "vite", "testcontainers", "@biomejs"])
      expect(installed).not.toContain(each);
    const tests = "find gateway services simulators ui test infra -name '*.test.ts' -not -path '*/node_modules/*'";
    expect(await inImage("sh", "-c", tests)).toEqual([]);
  });

  it("has the licences of all installed packages, of the pages, of Node and of Debian's packages", async () => {
    const [count, ...missing] = await inImage("node", "-e", WITHOUT_LICENCE);
    expect(missing).toEqual([]);
    expect(Number(count)).toBeGreaterThan(100);
    const files = ["LICENSE", "THIRD-PARTY.txt", "ui/dist/third-party.txt", "/usr/local/LICENSE"];
    expect(await inImage("sh", "-c", `for file in ${files.join(" ")}; do test -s $file || echo $file; done`)).toEqual(
      [],
    );
    const packages = "sed -n 's/^Package: //p' /var/lib/dpkg/status";
    const lacking = `${packages} | while read -r name; do test -e /usr/share/doc/$name/copyright || echo $name; done`;
    expect(await inImage("sh", "-c", lacking)).toEqual([]);
  });

  it("of nats-server runs as any user, as on Kubernetes", async () => {
    const command = [
      "run",
      "--rm",
      ...labels,
      "--user",
      "1000",
      "--entrypoint",
      "nats-server",
      images.nats,
      "--version",
    ];
    expect(await docker(command)).toEqual([expect.stringContaining("nats-server: v")]);
  });

  it("ends with an error that names an invalid setting", async () => {
    const ended = docker(["run", "--rm", ...labels, "--env", "FLEETLOG_HTTP_PORT=x", images.fleetlog]);
    await expect(ended).rejects.toThrow("FLEETLOG_HTTP_PORT");
  });
});
