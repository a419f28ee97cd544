import { describe, expect, it } from "vitest";
import {
  answerIn,
  callOf,
  openNames,
  operationOf,
  pathFault,
  pathsOf,
  savedCalls,
  withCall,
  withoutCall,
} from "./calls.ts";

const SSH = { method: "PUT", path: "/system/sshserver", body: { enable: true } };

describe("calls of the console", () => {
  it("are known by their operation, also with values in the path and a query", () => {
    expect(operationOf(SSH)?.title).toBe("Turn the SSH service on or off");
    expect(operationOf({ method: "put", path: "/apps/cloud/restart" })?.path).toBe("/apps/{appname}/{action}");
    expect(operationOf({ method: "GET", path: "/events?limit=5" })?.category).toBe("maintenance");
    expect(operationOf({ method: "GET", path: "/apps/cloud/restart" })).toBeUndefined();
  });

  it("have the paths of their method as completions, each once", () => {
    expect(pathsOf("DELETE")).toContain("/upgrades/{id}");
    expect(pathsOf("DELETE")).not.toContain("/device/general");
    for (const method of ["GET", "POST", "PUT", "PATCH", "DELETE"])
      expect(pathsOf(method)).toEqual([...new Set(pathsOf(method))]);
  });

  it("need a path without spaces or placeholders", () => {
    expect(openNames("/apps/{appname}/{action}")).toEqual(["appname", "action"]);
    expect(pathFault("/apps/{appname}")).toBe("Put the appname in place of {appname}.");
    expect(["", "apps", "/", "/a b"].map(pathFault)).not.toContain(undefined);
    expect(pathFault("/apps/cloud")).toBeUndefined();
  });

  it("are saved once, the newest first, and removed; other texts in the storage are ignored", () => {
    const get = { method: "GET", path: "/apps" };
    const calls = withCall(withCall(withCall([], SSH), get), SSH);
    expect(calls).toEqual([SSH, get]);
    expect(savedCalls(JSON.stringify(calls))).toEqual(calls);
    expect(withoutCall(calls, SSH)).toEqual([get]);
    for (const text of [null, "", "{", "7", '[{"path":1},null]']) expect(savedCalls(text)).toEqual([]);
    expect(callOf("x")).toBeUndefined();
  });

  it("have an answer with its state, completed or failed", () => {
    expect(answerIn({ result: { state: 200, payload: { data: 1 } } })).toEqual({ state: 200, payload: { data: 1 } });
    expect(answerIn({ error: { data: { state: 404 } } })).toEqual({ state: 404, payload: null });
    expect(answerIn({ error: {} })).toBeUndefined();
    expect(answerIn({})).toBeUndefined();
  });
});
