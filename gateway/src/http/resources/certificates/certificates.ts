import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import { parseDeviceId } from "@fleetlog/domain";
import { certificatesOf, issueCertificate, revokeCertificate } from "@fleetlog/fleet";
import { DeviceCertificates, IssueCertificate, IssueCertificateBody, IssuedCertificate } from "@fleetlog/protocol";
import Type from "typebox";
import type { HttpContext } from "../../context.ts";
import { NoQuery } from "../../input/no-query.ts";
import { callerOf } from "../caller.ts";
import type { HttpResource } from "../resource.ts";
import { unpaged } from "../unpaged.ts";
import { CERTIFICATE_EXAMPLES } from "./examples.ts";

const tags = ["certificates"];
const id = Type.String({ description: "A device's id" });
const ById = Type.Object({ id });
const BySerial = Type.Object({ id, serial: Type.String({ description: "Hexadecimal" }) });

export const certificates: HttpResource = {
  tag: "certificates",
  description: "Client certificates of devices, and the authority that issues them",
  schemas: { IssueCertificate, IssuedCertificate, DeviceCertificates },
  examples: CERTIFICATE_EXAMPLES,
  prefix: "/api",
  routes: certificateRoutes,
};

function certificateRoutes({ fleet }: HttpContext): FastifyPluginAsyncTypebox {
  return async (app) => {
    app.get(
      "/devices/:id/certificates",
      {
        config: { action: "certificate.read" },
        schema: {
          operationId: "listDeviceCertificates",
          summary: "A device's valid certificates",
          tags,
          params: ById,
          querystring: NoQuery,
          response: { 200: DeviceCertificates },
          problems: ["device-unknown"],
        },
      },
      async (request) => unpaged(await certificatesOf(fleet, callerOf(request), parseDeviceId(request.params.id))),
    );

    app.post(
      "/devices/:id/certificates",
      {
        config: { action: "certificate.issue", idempotent: true },
        schema: {
          operationId: "issueDeviceCertificate",
          summary: "Issue a client certificate",
          description:
            "With a signing request, the key never leaves the device. The device's other certificates and its token stay valid.",
          tags,
          params: ById,
          body: IssueCertificateBody,
          response: { 201: IssuedCertificate },
          problems: ["device-unknown", "device-retired", "limit-reached", "conflict", "log-full"],
        },
      },
      async (request, reply) => {
        const { csr, keyType = "P-256" } = request.body ?? {};
        const device = parseDeviceId(request.params.id);
        const key = csr === undefined ? { make: keyType } : { csr };
        const { issued } = await issueCertificate(fleet, callerOf(request), device, key);
        const { issuer: _, ...answer } = issued;
        return reply.status(201).header("cache-control", "no-store").send(answer);
      },
    );

    app.delete(
      "/devices/:id/certificates/:serial",
      {
        config: { action: "certificate.revoke" },
        schema: {
          operationId: "revokeDeviceCertificate",
          summary: "Revoke a certificate: its session ends within a second",
          tags,
          params: BySerial,
          response: { 204: Type.Null() },
          problems: ["device-unknown", "device-retired", "certificate-unknown", "conflict", "log-full"],
        },
      },
      async (request, reply) => {
        const { id: device, serial } = request.params;
        await revokeCertificate(fleet, callerOf(request), parseDeviceId(device), serial);
        return reply.status(204).send(null);
      },
    );
  };
}
