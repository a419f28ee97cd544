import type { RenewedCertificate } from "@fleetlog/protocol";
import { Refusal } from "./transport.ts";

/** @throws Refusal for an answer with an error, or without a certificate */
export function asRenewed(value: unknown): RenewedCertificate {
  const { certificate, ca, error } = (value ?? {}) as Record<string, unknown>;
  if (typeof certificate === "string" && typeof ca === "string") return { certificate, ca };
  const { code, message } = (error ?? {}) as Record<string, unknown>;
  const text = typeof message === "string" ? message : "the answer has no certificate";
  throw new Refusal(typeof code === "string" ? code : "unknown", text, { permanent: true });
}
