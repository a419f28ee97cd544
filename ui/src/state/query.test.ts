import type { ReactiveController, ReactiveControllerHost } from "lit";
import { expect, it } from "vitest";
import { ApiError } from "../data/problem.ts";
import { Query, type QueryOptions } from "./query.ts";

class Host implements ReactiveControllerHost {
  readonly #controllers: ReactiveController[] = [];
  readonly updateComplete = Promise.resolve(true);
  addController(controller: ReactiveController): void {
    this.#controllers.push(controller);
  }
  removeController(): void {}
  requestUpdate(): void {}
  update(): void {
    for (const controller of this.#controllers) controller.hostUpdate?.();
  }
  connect(): void {
    for (const controller of this.#controllers) controller.hostConnected?.();
  }
  disconnect(): void {
    for (const controller of this.#controllers) controller.hostDisconnected?.();
  }
}

interface Load {
  readonly args: string;
  readonly signal: AbortSignal;
  readonly answer: PromiseWithResolvers<string>;
}

function setUp(more: Partial<QueryOptions<string, string>> = {}) {
  const host = new Host();
  const loads: Load[] = [];
  const input: { args: string | undefined } = { args: "a" };
  const query = new Query<string, string>(host, {
    args: () => input.args,
    load: (args, signal) => {
      const answer = Promise.withResolvers<string>();
      loads.push({ args, signal, answer });
      return answer.promise;
    },
    ...more,
  });
  const last = () => loads.at(-1) as Load;
  const settled = async () => {
    for (let turn = 0; turn < 5; turn++) await Promise.resolve();
  };
  return { host, loads, input, query, last, settled };
}

it("a query loads once for the same arguments, and again for other arguments", async () => {
  const { host, loads, input, query, last, settled } = setUp();
  host.update();
  host.update();
  expect([loads.length, query.loading]).toEqual([1, true]);
  last().answer.resolve("1");
  await settled();
  expect([query.data, query.loading]).toEqual(["1", false]);
  input.args = "b";
  host.update();
  expect([loads.length, query.data]).toEqual([2, undefined]);
});

it("a query aborts outdated loads, and ignores their late answers", async () => {
  const { host, loads, input, query, settled } = setUp();
  host.update();
  input.args = "b";
  host.update();
  expect(loads[0]?.signal.aborted).toBe(true);
  loads[1]?.answer.resolve("new");
  loads[0]?.answer.resolve("old");
  await settled();
  expect(query.data).toBe("new");
  input.args = undefined;
  host.update();
  expect(query.data).toBeUndefined();
});

it("a query keeps the data during a reload and after a failed reload", async () => {
  const { host, query, last, settled } = setUp();
  host.update();
  last().answer.resolve("1");
  await settled();
  query.reload();
  expect(query.data).toBe("1");
  last().answer.reject(new ApiError({ code: "unavailable", title: "Unavailable", detail: "no answer" }));
  await settled();
  expect([query.data, query.error?.code, query.loading]).toEqual(["1", "unavailable", false]);
  query.reload();
  last().answer.resolve("2");
  await settled();
  expect([query.data, query.error]).toEqual(["2", undefined]);
});

it("a query with `keep` keeps the last answer while other arguments load", async () => {
  const { host, input, query, last, settled } = setUp({ keep: true });
  host.update();
  last().answer.resolve("1");
  await settled();
  input.args = "b";
  host.update();
  expect(query.data).toBe("1");
});

it("a query loads once more after two reloads during a load", async () => {
  const { host, loads, query, last, settled } = setUp();
  host.update();
  query.reload();
  query.reload();
  expect(loads).toHaveLength(1);
  last().answer.resolve("1");
  await settled();
  expect(loads).toHaveLength(2);
  last().answer.resolve("2");
  await settled();
  expect([loads.length, query.data]).toEqual([2, "2"]);
});

it("a query aborts when its host is removed, and loads again when its host comes back", () => {
  const { host, loads, last } = setUp();
  host.update();
  host.disconnect();
  expect(last().signal.aborted).toBe(true);
  host.update();
  expect(loads).toHaveLength(1);
  host.connect();
  host.update();
  expect(loads).toHaveLength(2);
});
