import type { DeviceCertificates } from "@fleetlog/protocol";
import { call, get } from "./api.ts";

export type DeviceCertificate = DeviceCertificates["items"][number];

export interface IssuedCertificate {
  readonly serial: string;
  readonly certificate: string;
  readonly ca: string;
  /** The private key; absent if the gateway did not make it. */
  readonly key?: string;
}

const pathOf = (device: string): string => `/devices/${encodeURIComponent(device)}/certificates`;

export async function listCertificates(device: string, signal?: AbortSignal): Promise<readonly DeviceCertificate[]> {
  return (await get<DeviceCertificates>(pathOf(device), undefined, signal)).items;
}

export function issueCertificate(
  device: string,
  body: { readonly csr: string } | { readonly keyType: string },
): Promise<IssuedCertificate> {
  return call("POST", pathOf(device), { body });
}

export function revokeCertificate(device: string, serial: string): Promise<void> {
  return call("DELETE", `${pathOf(device)}/${serial}`);
}
