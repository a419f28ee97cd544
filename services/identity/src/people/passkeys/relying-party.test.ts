import { expect, it } from "vitest";
import { type PagesAddress, relyingPartyOf } from "./relying-party.ts";

const at = (address: Partial<PagesAddress>) => relyingPartyOf({ publicUrl: undefined, host: undefined, ...address });

it("the relying party is the host of the public URL, for any `Host` header", () => {
  const party = { id: "fleet.example", origins: ["https://fleet.example:8443"] };
  const publicUrl = "https://fleet.example:8443/fleet/";
  expect(at({ publicUrl, host: "gateway-1:8080" })).toEqual(party);
  expect(at({ publicUrl, origin: "https://fleet.example:8443" })).toEqual(party);
  expect(at({ publicUrl: "http://localhost:8080" })).toEqual({ id: "localhost", origins: ["http://localhost:8080"] });
});

it("the relying party is localhost without a public URL", () => {
  const origins = ["http://localhost:8080", "https://localhost:8080"];
  expect(at({ host: "localhost:8080" })).toEqual({ id: "localhost", origins });
  expect(at({ host: "localhost:8080", origin: "http://localhost:8080" })).toEqual({ id: "localhost", origins });
});

it.each<Partial<PagesAddress>>([
  { publicUrl: "https://192.0.2.1" },
  { publicUrl: "https://[2001:db8::1]:8443" },
  { publicUrl: "http://fleet.example" },
  { publicUrl: "https://fleet.example", origin: "http://localhost:8080" },
  { host: "127.0.0.1:8080" },
  { host: "fleet.example" },
  { host: "localhost.evil.example" },
  { host: "a b" },
  { host: "localhost:8080", origin: "http://localhost:9090" },
  {},
])("there is no relying party for %j", (address) => {
  expect(() => at(address)).toThrow(
    expect.objectContaining({
      code: "passkeys-unavailable",
      advice: expect.stringMatching(/FLEETLOG_PUBLIC_URL|Open/),
    }),
  );
});
