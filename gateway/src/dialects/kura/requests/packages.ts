import { ARTIFACT_NAME_PATTERN, ARTIFACT_VERSION_PATTERN } from "@fleetlog/domain";
import { URL_WITHOUT_LOGIN } from "@fleetlog/protocol";
import Type, { type Static } from "typebox";
import type { OutgoingMetric } from "../payload/codec.ts";
import { bundlesIn, packagesIn } from "../xml/packages.ts";
import { mustHave } from "./configuration.ts";
import { bool, int, type KuraRequest, long, type Stage, text } from "./request.ts";

const name = Type.String({ minLength: 1, maxLength: 256, title: "Name" });
const version = Type.String({ minLength: 1, maxLength: 128, title: "Version" });
const reboot = {
  reboot: Type.Optional(Type.Boolean({ title: "Restart the device afterwards" })),
  rebootDelay: Type.Optional(Type.Integer({ minimum: 0, maximum: 3_600_000, title: "Delay of the restart (ms)" })),
};
const systemUpdate = Type.Optional(
  Type.Boolean({ title: "System update", description: "The file is a script that the device runs" }),
);

const DownloadParams = Type.Object(
  {
    url: Type.Optional(
      Type.String({
        ...URL_WITHOUT_LOGIN,
        maxLength: 4_096,
        title: "Address",
        description: "Or else an artifact",
      }),
    ),
    artifact: Type.Optional(
      Type.String({
        pattern: ARTIFACT_NAME_PATTERN,
        title: "Artifact",
        description: "Name of an artifact that has this version. The device gets a link to it, and its SHA-256",
      }),
    ),
    name,
    version,
    install: Type.Optional(Type.Boolean({ title: "Install it, too" })),
    hash: Type.Optional(
      Type.String({
        pattern: "^[A-Za-z0-9-]+:[0-9A-Fa-f]+$",
        maxLength: 256,
        title: "Digest",
        description: "Such as SHA-256:…",
      }),
    ),
    force: Type.Optional(Type.Boolean({ title: "Download again if it is there" })),
    resume: Type.Optional(Type.Boolean({ title: "Resume" })),
    blockSize: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_073_741_824, title: "Bytes of a block" })),
    blockDelay: Type.Optional(Type.Integer({ minimum: 0, maximum: 60_000, title: "Pause between blocks (ms)" })),
    notifyBlockSize: Type.Optional(
      Type.Integer({ minimum: 1, maximum: 1_073_741_824, title: "Bytes between reports" }),
    ),
    timeout: Type.Optional(Type.Integer({ minimum: 1, maximum: 3_600_000, title: "Timeout (ms)" })),
    systemUpdate,
    ...reboot,
  },
  { additionalProperties: false },
);
const InstallParams = Type.Object({ name, version, systemUpdate, ...reboot }, { additionalProperties: false });
const UninstallParams = Type.Object(
  { name, version: Type.Optional(version), ...reboot },
  { additionalProperties: false },
);
const isArtifactVersion = new RegExp(ARTIFACT_VERSION_PATTERN);
const NoParams = Type.Object({}, { additionalProperties: false });

interface Rebooting {
  readonly reboot?: boolean;
  readonly rebootDelay?: number;
}

function rebooting({ reboot, rebootDelay }: Rebooting): OutgoingMetric[] {
  return [
    ...(reboot === undefined ? [] : [bool("dp.reboot", reboot)]),
    ...(rebootDelay === undefined ? [] : [int("dp.reboot.delay", rebootDelay)]),
  ];
}

export const packageDownload: KuraRequest = {
  name: "package.download",
  title: "Download a package",
  app: "DEPLOY-V2",
  params: DownloadParams,
  exclusive: ["url", "artifact"],
  isRepeatable: false,
  fault(params) {
    const { url, artifact, hash, version } = params as Static<typeof DownloadParams>;
    if (artifact === undefined) return url === undefined ? "params.url or params.artifact is needed" : undefined;
    if (url !== undefined) return "params.url is not allowed with params.artifact";
    if (hash !== undefined) return "params.hash is not allowed with params.artifact, which has its own";
    return isArtifactVersion.test(version) ? undefined : "params.version is no version of an artifact";
  },
  artifactIn(params) {
    const { artifact, version } = params as Static<typeof DownloadParams>;
    return artifact === undefined ? undefined : { name: artifact, version };
  },
  ask(params, job, download) {
    const asked = params as Static<typeof DownloadParams>;
    const { install = false, force, resume, systemUpdate = false } = asked;
    const { url = "", hash } =
      download === undefined ? asked : { url: download.url, hash: `SHA-256:${download.sha256}` };
    const sizes = [
      ["dp.download.block.size", asked.blockSize],
      ["dp.download.block.delay", asked.blockDelay],
      ["dp.download.notify.block.size", asked.notifyBlockSize],
      ["dp.download.timeout", asked.timeout],
    ] as const;
    return {
      method: "EXEC",
      resource: "download",
      metrics: [
        text("dp.uri", url),
        text("dp.name", asked.name),
        text("dp.version", asked.version),
        // The protocol is HTTP for https addresses, too.
        text("dp.download.protocol", "HTTP"),
        long("job.id", job),
        bool("dp.install.system.update", systemUpdate),
        // Without this metric, devices install the package.
        bool("dp.install", install),
        ...(hash === undefined ? [] : [text("dp.download.hash", hash)]),
        ...(force === undefined ? [] : [bool("dp.download.force", force)]),
        ...(resume === undefined ? [] : [bool("dp.download.resume", resume)]),
        ...sizes.flatMap(([name, value]) => (value === undefined ? [] : [int(name, value)])),
        ...rebooting(asked),
      ],
    };
  },
  stages: (params): readonly Stage[] =>
    (params as Static<typeof DownloadParams>).install === true ? ["download", "install"] : ["download"],
};

export const packageInstall: KuraRequest = {
  name: "package.install",
  title: "Install a downloaded package",
  app: "DEPLOY-V2",
  params: InstallParams,
  isRepeatable: false,
  ask(params, job) {
    const asked = params as Static<typeof InstallParams>;
    return {
      method: "EXEC",
      resource: "install",
      metrics: [
        text("dp.name", asked.name),
        text("dp.version", asked.version),
        long("job.id", job),
        bool("dp.install.system.update", asked.systemUpdate ?? false),
        ...rebooting(asked),
      ],
    };
  },
  stages: () => ["install"],
};

export const packageUninstall: KuraRequest = {
  name: "package.uninstall",
  title: "Uninstall a package",
  app: "DEPLOY-V2",
  params: UninstallParams,
  isRepeatable: false,
  ask(params, job) {
    const asked = params as Static<typeof UninstallParams>;
    return {
      method: "EXEC",
      resource: "uninstall",
      metrics: [
        text("dp.name", asked.name),
        ...(asked.version === undefined ? [] : [text("dp.version", asked.version)]),
        long("job.id", job),
        ...rebooting(asked),
      ],
    };
  },
  stages: () => ["uninstall"],
};

export const packagesList: KuraRequest = {
  name: "packages.list",
  title: "List the packages",
  app: "DEPLOY-V2",
  params: NoParams,
  isRepeatable: true,
  ask: () => ({ method: "GET", resource: "packages" }),
  resultIn: ({ body }) => ({ packages: packagesIn(mustHave(body)) }),
};

export const bundlesList: KuraRequest = {
  name: "bundles.list",
  title: "List the bundles",
  app: "DEPLOY-V2",
  params: NoParams,
  isRepeatable: true,
  ask: () => ({ method: "GET", resource: "bundles" }),
  resultIn: ({ body }) => ({ bundles: bundlesIn(mustHave(body)) }),
};
