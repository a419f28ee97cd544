import type { SoftwareAuthenticator } from "@fleetlog/identity/testing";
import type { PasskeyAssertion, PasskeyResource } from "@fleetlog/protocol";
import { expect } from "vitest";
import { Api } from "./api.ts";
import { PASSWORD } from "./people.ts";

export const PASSKEYS = "/api/session/passkeys";

type Options = Readonly<Record<string, unknown>>;

export async function newPasskey(api: Api, device: SoftwareAuthenticator, name = "phone") {
  const { status, body } = await api.call<Options>("POST", `${PASSKEYS}/options`, { password: PASSWORD });
  expect(status).toBe(200);
  return { name, credential: device.create(body) };
}

export async function addPasskey(api: Api, device: SoftwareAuthenticator, name?: string): Promise<PasskeyResource> {
  const { status, body } = await api.call<PasskeyResource>("POST", PASSKEYS, await newPasskey(api, device, name));
  expect(status).toBe(201);
  return body;
}

export async function passkeyAnswer(
  url: string,
  device: SoftwareAuthenticator,
  forged?: Parameters<SoftwareAuthenticator["get"]>[1],
): Promise<PasskeyAssertion> {
  const { status, body } = await new Api(url, "none").call<Options>("POST", `${PASSKEYS}/challenge`);
  expect(status).toBe(200);
  return device.get(body, forged);
}
