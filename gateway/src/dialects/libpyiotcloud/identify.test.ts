import { deviceDirectory, type PresentedIdentity } from "@fleetlog/identity";
import { expect, it } from "vitest";
import { byCertificate } from "./identify.ts";

const ID = "0123456789abcdef0123456789abcdef01234567";
const shown = { serial: "1a", issuer: "CN=CA", own: true };
const find = (presented: Partial<PresentedIdentity>) =>
  deviceDirectory([byCertificate]).find({ address: "192.0.2.1:5", clientId: ID, ...presented });

const guest = { userName: "guest", password: "guest", certificate: { commonName: ID, ...shown } };

it("the dialect ignores user name and password of a client whose certificate names its id", async () => {
  const device = { device: ID, dialect: "libpyiotcloud", login: ID };
  expect(await find(guest)).toEqual({ ...device, credential: { by: "certificate", certificate: shown } });
  const given = { commonName: ID, ...shown, own: false, authority: "a1", until: 5 };
  const { commonName: _, ...certificate } = given;
  expect(await find({ ...guest, certificate: given })).toEqual({
    ...device,
    credential: { by: "certificate", certificate },
  });
});

it("the dialect lets nobody in under another device's id, or without a certificate", async () => {
  const other = "f".repeat(40);
  await expect(find({ ...guest, clientId: other })).rejects.toMatchObject({ code: "forbidden", field: "clientId" });
  await expect(find({ userName: "guest", password: "guest" })).rejects.toMatchObject({ code: "unauthenticated" });
});

it("the dialect leaves other log-ins to the native convention", async () => {
  expect(await find({ certificate: guest.certificate })).toMatchObject({ dialect: "native" });
  expect(await find({ ...guest, userName: ID, password: "t" })).toMatchObject({
    dialect: "native",
    credential: { token: "t" },
  });
  const pump = { ...guest, clientId: "pump", certificate: { commonName: "pump", ...shown } };
  await expect(find(pump)).rejects.toMatchObject({ code: "forbidden", field: "userName" });
});
