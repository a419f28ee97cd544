import { FleetError } from "@fleetlog/domain";
import { describe, expect, it } from "vitest";
import { deviceDirectory, type PresentedIdentity } from "./directory.ts";

const find = (shown: Omit<PresentedIdentity, "address">) =>
  deviceDirectory().find({ ...shown, address: "192.0.2.1:5" });

async function refusalOf(shown: Omit<PresentedIdentity, "address">): Promise<readonly [string, string | undefined]> {
  try {
    await find(shown);
  } catch (error) {
    if (error instanceof FleetError) return [error.code, error.field];
  }
  throw new Error("no error");
}

const d1 = { device: "d1", dialect: "native", login: "d1" };
const withToken = { ...d1, credential: { by: "token", token: "t" } };

describe("the directory", () => {
  it("finds a device by a client id and an equal user name", async () => {
    expect(await find({ clientId: "d1", userName: "d1", password: "t" })).toEqual(withToken);
    expect(await refusalOf({ clientId: "d1", userName: "d2", password: "t" })).toEqual(["invalid-request", "clientId"]);
    expect(await refusalOf({ clientId: "d/1", userName: "d/1", password: "t" })).toEqual([
      "invalid-request",
      "clientId",
    ]);
    expect(await refusalOf({ clientId: "", userName: "", password: "t" })).toEqual(["invalid-request", "clientId"]);
    expect(await refusalOf({ clientId: "d1", userName: "d1" })).toEqual(["unauthenticated", undefined]);
    expect(await refusalOf({ clientId: "d1", password: "t" })).toEqual(["unauthenticated", undefined]);
    expect(await refusalOf({ clientId: "d1" })).toEqual(["unauthenticated", undefined]);
  });

  it("finds a device by the user name alone, even if it is not a valid device id", async () => {
    expect(await find({ userName: "d1", password: "t" })).toEqual(withToken);
    expect(await find({ userName: "../d1", password: "t" })).toMatchObject({ device: "../d1", login: "../d1" });
  });

  it("finds no device without any name", async () => {
    expect(await find({})).toBeUndefined();
    expect(await find({ listener: "edgebind" })).toBeUndefined();
  });

  it("finds a device by its certificate, and refuses different names", async () => {
    const certificate = { commonName: "d1" };
    const certified = { ...d1, credential: { by: "certificate" } };
    const both = { ...d1, credential: { by: "certificate", token: "t" } };
    expect(await find({ certificate })).toEqual(certified);
    expect(await find({ certificate, clientId: "" })).toEqual(certified);
    expect(await find({ certificate, clientId: "d1", userName: "d1" })).toEqual(certified);
    expect(await find({ certificate, clientId: "d1", password: "t" })).toEqual(both);
    expect(await find({ certificate, userName: "d1", password: "t" })).toEqual(both);
    expect(await refusalOf({ certificate, clientId: "d2", userName: "d1" })).toEqual(["forbidden", "clientId"]);
    expect(await refusalOf({ certificate, clientId: "d1", userName: "d2" })).toEqual(["forbidden", "userName"]);
    expect(await refusalOf({ certificate, clientId: "d1", userName: "" })).toEqual(["forbidden", "userName"]);
    expect(await refusalOf({ certificate, userName: "d2", password: "t" })).toEqual(["forbidden", undefined]);
  });
});

describe("conventions of dialects", () => {
  const echo = ({ userName }: PresentedIdentity) =>
    userName?.startsWith("echo:")
      ? ({
          device: userName.slice(5),
          dialect: "echo",
          login: userName,
          credential: { by: "token", token: "t" },
        } as const)
      : undefined;

  it("are tried before the native convention", async () => {
    const directory = deviceDirectory([echo]);
    const shown = { address: "192.0.2.1:5", password: "t" };
    expect(await directory.find({ ...shown, clientId: "x", userName: "echo:d1" })).toMatchObject({
      device: "d1",
      dialect: "echo",
    });
    expect(await directory.find({ ...shown, clientId: "d1", userName: "d1" })).toMatchObject({
      device: "d1",
      dialect: "native",
    });
  });
});
