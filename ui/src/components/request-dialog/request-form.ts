import type { CreateProvisionRequestBody, ProvisionRequestResource } from "../../data/provisioning.ts";
import { typedJson } from "../definitions/definitions.ts";
import { fromLocal } from "../text/local-time.ts";

/** The dialog's fields as text. */
export interface RequestFields {
  readonly clientId: string;
  readonly userName: string;
  readonly password: string;
  readonly id: string;
  readonly name: string;
  readonly type: string;
  readonly tags: readonly string[];
  readonly activatesOn: string;
  readonly expiresOn: string;
  readonly maxRetries: string;
  readonly generateActivationKey: boolean;
  readonly overwrite: boolean;
  readonly allowPlain: boolean;
  readonly configuration: string;
  readonly bundles: readonly BundleFields[];
  readonly account: string | undefined;
}

export interface BundleFields {
  readonly name: string;
  readonly artifact: { readonly name: string; readonly version: string };
}

export type Faults = Readonly<Record<string, string>>;
type Made = { readonly body: CreateProvisionRequestBody } | { readonly faults: Faults };

export function bodyOf(given: RequestFields): Made {
  const faults: Record<string, string> = {};
  for (const [field, name] of [
    ["clientId", "client id"],
    ["userName", "user name"],
  ] as const) {
    if (given[field] === "") faults[field] = `The device logs in with a ${name}.`;
  }
  const maxRetries = given.maxRetries === "" ? undefined : Number(given.maxRetries);
  if (maxRetries !== undefined && !(Number.isInteger(maxRetries) && maxRetries >= 0))
    faults.maxRetries = "This must be a whole number, 0 or more.";
  let configuration: unknown;
  try {
    configuration = typedJson(given.configuration);
    if (configuration !== undefined && !isObject(configuration)) faults.configuration = "This must be a JSON object.";
  } catch {
    faults.configuration = "This is not valid JSON.";
  }
  const [activatesOn, expiresOn] = [fromLocal(given.activatesOn), fromLocal(given.expiresOn)];
  if (activatesOn && expiresOn && activatesOn >= expiresOn)
    faults.expiresOn = "It must expire after it becomes active.";
  if (Object.keys(faults).length > 0) return { faults };
  const { clientId, userName, password, id, name, type, tags, account, bundles } = given;
  return {
    body: {
      clientId,
      userName,
      ...(password && { password }),
      ...(activatesOn && { activatesOn }),
      ...(expiresOn && { expiresOn }),
      ...(maxRetries !== undefined && { maxRetries }),
      ...(given.generateActivationKey && { generateActivationKey: true }),
      ...(given.overwrite && { overwrite: true }),
      ...(given.allowPlain && { allowPlain: true }),
      device: {
        ...(id && { id }),
        ...(name && { name }),
        ...(tags.length > 0 && { tags: [...tags] }),
        ...(type && { type }),
      },
      ...(configuration !== undefined && { configuration: configuration as Record<string, unknown> }),
      ...(bundles.length > 0 && {
        bundles: bundles.map((bundle) => ({ ...bundle, version: bundle.artifact.version })),
      }),
      ...(account !== undefined && { account }),
    },
  };
}

/** The dialog's field for a field of the API; `form` for all others. */
export function fieldOf(field: string | undefined): string {
  const [first = "", second = ""] = (field ?? "").split(/[.[]/);
  if (first === "device") return ["id", "name", "type", "tags"].includes(second) ? second : "form";
  const known = ["clientId", "userName", "password", "activatesOn", "expiresOn", "maxRetries", "configuration"];
  return [...known, "bundles", "account"].includes(first) ? first : "form";
}

/** Initial fields of a copy, without time window, password and key: the window has passed, the secrets are unknown. */
export function likeThis(request: ProvisionRequestResource): Partial<RequestFields> {
  const { clientId, userName, device, maxRetries, activationKey, overwrite, allowPlain, configuration, bundles } =
    request;
  return {
    clientId,
    userName,
    id: device.id === clientId ? "" : device.id,
    name: device.name ?? "",
    type: device.type ?? "",
    tags: device.tags,
    maxRetries: String(maxRetries),
    generateActivationKey: activationKey,
    overwrite,
    allowPlain,
    configuration: configuration === undefined ? "" : JSON.stringify(configuration, null, 2),
    bundles: bundles.map(({ name, artifact }) => ({ name, artifact })),
  };
}

function isObject(value: unknown): boolean {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
