import { readFile } from "node:fs/promises";
import { SettingsError } from "@fleetlog/runtime/node";
import type { SimulatorSettings } from "../settings.ts";
import type { EnrolmentOptions } from "./enrolment.ts";

export type FleetLogins = Pick<SimulatorSettings, "fleetEnrolmentSecret" | "fleetClaimCodes" | "fleetProvisioning">;

type Devices = readonly { readonly id: string }[];

/** Whether the devices are provisioned instead of registered by the simulator. */
export function enrolsItself({
  fleetEnrolmentSecret,
  fleetClaimCodes,
  fleetProvisioning,
}: Partial<FleetLogins>): boolean {
  return fleetEnrolmentSecret !== undefined || fleetClaimCodes !== undefined || fleetProvisioning !== undefined;
}

/** @throws SettingsError if a file has nothing for a device of the plan; the system's error if it can't be read */
export async function fleetLogins(settings: Partial<FleetLogins>, plan: Devices): Promise<EnrolmentOptions["loginOf"]> {
  const { fleetEnrolmentSecret: secret, fleetClaimCodes: codes, fleetProvisioning: provisioning } = settings;
  if (secret !== undefined) return () => ({ "enrolment-secret": secret });
  const found = provisioning === undefined ? await codesIn(codes ?? "", plan) : await settingsIn(provisioning, plan);
  return (device) => found.get(device) ?? {};
}

type Given = Readonly<Record<string, unknown>>;

/** The file's first claim code is for the plan's first device, and so on. */
async function codesIn(path: string, plan: Devices): Promise<Map<string, Given>> {
  const codes = (await readFile(path, "utf8")).split(/\s+/).filter((code) => code !== "");
  if (codes.length < plan.length)
    throw new SettingsError([`${path} has ${codes.length} claim codes for ${plan.length} devices`]);
  return new Map(plan.map(({ id }, index) => [id, { "claim-code": codes[index] ?? "" }]));
}

async function settingsIn(path: string, plan: Devices): Promise<Map<string, Given>> {
  const all = parsed(await readFile(path, "utf8"));
  if (!Array.isArray(all)) throw new SettingsError([`${path} has no list of settings`]);
  const byDevice = new Map((all as Given[]).map((one) => [String(one["client-id"]), one]));
  const missing = plan.find(({ id }) => !byDevice.has(id));
  if (missing !== undefined) throw new SettingsError([`${path} has no settings with the client-id ${missing.id}`]);
  return byDevice;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
