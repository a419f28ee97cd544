import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type TestMachine, testMachine } from "../nats-server/find/testing.ts";
import { docker, dockerClient } from "./docker.ts";

let machine: TestMachine;
beforeEach(() => {
  machine = testMachine();
});
afterEach(() => machine.remove());

const script = (version: string, buildx: boolean) =>
  `case "$1" in --version) echo "Docker version ${version}, build 1";; buildx) exit ${buildx ? 0 : 1};; esac`;

describe("dockerClient", () => {
  it.each([
    ["an old client, which builds without a plugin", "20.10.24", false],
    ["a newer client with buildx", "28.2.2", true],
  ])("is %s", (_, version, buildx) => {
    const path = machine.program("docker", script(version, buildx));
    expect(dockerClient(machine.env, [])).toBe(path);
  });

  it("is the next client on the PATH if the first can't build", () => {
    machine.program("docker", script("28.2.2", false));
    const other = testMachine();
    const path = other.program("docker", script("20.10.24", false));
    expect(dockerClient({ ...machine.env, PATH: `${machine.env.PATH}:${other.env.PATH}` }, [])).toBe(path);
    other.remove();
  });
});

describe("docker", () => {
  it("resolves with the client's output, and rejects with the client's error line", async () => {
    machine.program(
      "docker",
      `${script("20.10.24", false)}\n[ "$1" = ps ] && echo one && exit\n echo "Error: no such thing" >&2; exit 1`,
    );
    const options = { env: machine.env };
    expect(await docker(["ps"], options)).toEqual(["one"]);
    await expect(docker(["rm", "x"], options)).rejects.toThrow("docker rm: Error: no such thing");
  });
});
