import type { PersonResource, TokenPair } from "@fleetlog/protocol";
import { expect } from "vitest";
import { Api } from "./api.ts";

export const PASSWORD = "correct horse battery";

export interface TestPerson {
  readonly id: string;
  readonly email: string;
}

export async function addPerson(admin: Api, email: string, role = "operator", names = {}): Promise<TestPerson> {
  const invited = await admin.call<PersonResource>("POST", "/api/people", { email, role, ...names });
  expect(invited.status).toBe(201);
  const { id } = invited.body;
  const { body } = await admin.call<{ code: string }>("POST", `/api/people/${id}/link`);
  const reset = { email, code: body.code, password: PASSWORD };
  expect((await new Api(admin.url, "none").call("POST", "/api/people/reset", reset)).status).toBe(204);
  return { id, email };
}

export async function logIn(url: string, email: string): Promise<Api> {
  const { status, body } = await new Api(url, "none").call<TokenPair>("POST", "/api/tokens", {
    email,
    password: PASSWORD,
  });
  expect(status).toBe(201);
  return new Api(url, body.accessToken);
}

export async function signIn(url: string, body: unknown): Promise<{ status: number; cookie: string; code?: string }> {
  const response = await fetch(`${url}/api/session`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  const cookie = response.headers.get("set-cookie")?.split(";", 1)[0] ?? "";
  if (response.ok) return { status: response.status, cookie };
  const { code } = (await response.json()) as { code: string };
  return { status: response.status, cookie, code };
}
