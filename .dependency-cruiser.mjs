import { Visitor } from "@swc/core/Visitor.js";

// The import rules. Two tables below have a line for each package, with the packages that it may import, and a line for
// each vendor library, with the folders that may use it.

// dependency-cruiser walks swc's syntax trees with swc's own visitor, which does not know `using` and `await using`.
const { visitStatement } = Visitor.prototype;
Visitor.prototype.visitStatement = function (statement) {
  if (statement.type !== "UsingDeclaration") return visitStatement.call(this, statement);
  this.visitVariableDeclarators(statement.decls);
  return statement;
};

/** The folder of each package. */
const packages = {
  domain: "services/domain",
  protocol: "services/protocol",
  runtime: "services/runtime",
  log: "services/log",
  projections: "services/projections",
  reactors: "services/reactors",
  identity: "services/identity",
  fleet: "services/fleet",
  history: "services/history",
  agent: "services/agent",
  gateway: "gateway",
  ui: "ui",
  simulators: "simulators",
  infra: "infra",
  test: "test",
};

const everything = Object.keys(packages);

/** The packages that each package may import. */
const mayImport = {
  domain: [],
  runtime: [],
  protocol: ["runtime"],
  log: ["domain", "runtime"],
  identity: ["domain", "protocol", "log", "runtime"],
  fleet: ["domain", "protocol", "log", "identity", "runtime"],
  projections: ["domain", "protocol", "log", "runtime"],
  history: ["domain", "protocol", "log", "runtime", "identity", "projections"],
  reactors: ["domain", "protocol", "log", "runtime", "fleet"],
  agent: ["protocol", "runtime"],
  ui: ["protocol", "runtime"],
  gateway: ["domain", "protocol", "log", "identity", "fleet", "runtime"],
  simulators: ["protocol", "agent", "runtime"],
  infra: everything,
  test: everything,
};
const mayImportTypesOf = { protocol: ["domain"] };

/** The folders or files that may use a vendor library. */
const libraryUsers = {
  "@nats-io/": ["services/log/"],
  "@peculiar/": ["services/identity/src/authority/"],
  "reflect-metadata": ["services/identity/"],
  "@node-rs/argon2": ["services/identity/src/people/"],
  otpauth: ["services/identity/src/people/", "test/"],
  "openid-client": ["services/identity/src/people/"],
  "@simplewebauthn/server": ["services/identity/src/people/passkeys/"],
  "@simplewebauthn/browser": ["ui/src/data/"],
  uqr: ["ui/src/components/"],
  "rpc-websockets": ["gateway/src/websocket/", "services/agent/", "ui/src/data/", "test/"],
  mqtt: ["services/agent/", "simulators/", "test/"],
  "@bufbuild/": ["gateway/src/dialects/kura/", "simulators/src/older/", "services/history/src/kurrent/"],
  saxes: ["gateway/src/dialects/kura/xml/"],
  "mqtt-packet": ["gateway/src/mqtt/"],
  "@kurrent/": ["services/history/src/mirror/", "test/", "simulators/samples/"],
  "@grpc/": ["services/history/src/kurrent/"],
  re2js: ["services/history/src/kurrent/streams/filter.ts"],
  "@duckdb/": ["services/history/"],
  "quickjs-emscripten-core": ["services/history/src/sandbox/process/"],
  "@jitl/": ["services/history/src/sandbox/process/"],
  "lru-cache": ["services/history/", "services/projections/src/store/"],
  fastify: ["gateway/"],
  "@fastify/": ["gateway/"],
  cookie: ["gateway/src/http/"],
  "csv-parse": ["gateway/src/http/resources/imports/", "infra/src/import-from/read/"],
  "prom-client": ["gateway/src/metrics/", "gateway/src/node/"],
  "@seriousme/": ["gateway/src/http/openapi/"],
  "openapi-types": ["gateway/src/http/openapi/"],
  lit: ["ui/"],
  lucide: ["ui/src/components/basic/icons.ts"],
  nodemailer: ["services/reactors/src/mail/"],
  aws4: ["services/reactors/src/channels/sms/"],
  croner: ["services/fleet/src/updates/", "ui/src/pages/catalogues/"],
  "smtp-server": ["test/"],
  "oidc-provider": ["test/support/open-id/"],
  testcontainers: ["test/support/containers/"],
  "playwright-core": ["test/"],
  "axe-core": ["test/support/browser/"],
  rolldown: ["infra/src/testing/"],
  uplot: ["ui/src/components/charts/chart.ts"],
  "@awesome.me/": ["ui/src/components/"],
  ws: ["gateway/", "infra/src/replay/", "test/"],
  pino: ["services/runtime/", "gateway/", "test/"],
};
/** Libraries that any package may use. */
const everywhere = ["typebox", "vitest", "vite", "@vitest/", "@types/", "@fleetlog/"];
const coreModuleUsers = {
  sqlite: ["services/projections/", "services/history/"],
};

const literally = (text) => text.replace(/[.*+?^${}()|[\]\\/]/g, "\\$&");
const anyOf = (paths) => `^(?:${paths.map(literally).join("|")})`;
const inPackages = (names) => anyOf(names.map((name) => `${packages[name]}/`));

const testFiles = "\\.test\\.ts$|^test/";
/** What tests alone use: support beside the source, and the real views that a package offers to the tests of others. */
const testSupport = `${testFiles}|/src/testing/`;
const offeredToTests = "^services/(?:projections|identity|history|runtime)/src/testing/";

const packageRules = everything
  .filter((name) => mayImport[name] !== everything)
  .map((name) => {
    const forbidden = everything.filter(
      (other) => other !== name && !mayImport[name].includes(other) && !mayImportTypesOf[name]?.includes(other),
    );
    return {
      name: `package-${name}`,
      comment: `${name} may import ${mayImport[name].join(", ") || "nothing of ours"}`,
      severity: "error",
      from: { path: inPackages([name]) },
      to: { path: inPackages(forbidden), pathNot: offeredToTests },
    };
  });

const typeRules = Object.entries(mayImportTypesOf).map(([name, others]) => ({
  name: `types-only-${name}`,
  comment: `${name} may import only types from ${others.join(", ")}`,
  severity: "error",
  from: { path: inPackages([name]) },
  to: { path: inPackages(others), dependencyTypesNot: ["type-only"] },
}));

const libraryRules = Object.entries(libraryUsers).map(([library, paths]) => ({
  name: `library-${library.replace(/\/$/, "")}`,
  comment: `${library} stays behind ${paths.join(", ")}`,
  severity: "error",
  from: { pathNot: anyOf(paths) },
  to: { path: `node_modules/${literally(library)}${library.endsWith("/") ? "" : "(?:-\\d)?/"}` },
}));

const knownLibraries = [...Object.keys(libraryUsers), ...everywhere].map((library) =>
  library.endsWith("/") ? literally(library) : `${literally(library)}(?:-\\d)?/`,
);

const coreModuleRules = Object.entries(coreModuleUsers).map(([module, paths]) => ({
  name: `core-module-${module}`,
  comment: `node:${module} stays behind ${paths.join(", ")}`,
  severity: "error",
  from: { pathNot: anyOf(paths) },
  to: { path: `^(?:node:)?${literally(module)}$`, dependencyTypes: ["core"] },
}));

/** The layers of ui/src: each may import itself and those named. Pages do not know each other. */
const uiLayers = {
  data: [],
  state: ["data"],
  styles: [],
  components: ["data", "state", "styles"],
  pages: ["components", "data", "state", "styles"],
  app: ["components", "data", "pages", "state", "styles"],
};

const uiRules = Object.entries(uiLayers).map(([layer, others]) => ({
  name: `ui-${layer}`,
  comment: `ui/src/${layer} may import ${others.join(", ") || "no other layer"}`,
  severity: "error",
  from: { path: `^ui/src/${layer}/`, pathNot: testFiles },
  to: {
    path: "^ui/src/[^/]+/",
    pathNot: `^ui/src/(?:${[layer, ...others].join("|")})/`,
  },
}));

/** The folders of gateway/src from the bottom up: each may import itself and those in the lines above its own. */
const gatewayLayers = [
  ["settings"],
  ["net"],
  ["metrics", "rpc"],
  ["node"],
  ["refusals"],
  ["sessions", "sign-ins"],
  ["http", "provisioning"],
  ["dialects", "live", "ui"],
  ["replay", "waiting"],
  ["endpoints"],
  ["mqtt", "websocket"],
  ["assembly"],
];

/** The folders of services/fleet/src, as `gatewayLayers`. */
const fleetLayers = [
  ["following", "views", "writer"],
  ["history"],
  ["dependencies"],
  ["accounts", "gateways", "logins", "sessions"],
  ["authorities", "people"],
  ["commands", "configuration"],
  ["channels", "devices"],
  ["artifacts", "certificates", "updates", "waiting"],
  ["provisioning"],
  ["claims", "enrolment"],
  ["imports"],
];

/** The folders of services/history/src, as `gatewayLayers`. */
const historyLayers = [
  ["behind-live", "changes", "moments", "proofs", "requests", "spans"],
  ["access", "marks", "sandbox", "store"],
  ["chains", "diff", "incidents", "telemetry"],
  ["export", "kurrent", "reports", "sql"],
  ["as-of", "lake", "mirror", "replay"],
  ["trials"],
];

/** @param {string} name of the package */
const layerRules = (name, layers) =>
  layers.flatMap((layer, index) =>
    layer.map((folder) => ({
      name: `${name}-${folder}`,
      comment: `${packages[name]}/src/${folder} may import only the folders below it`,
      severity: "error",
      from: { path: `^${packages[name]}/src/${folder}/`, pathNot: testFiles },
      to: {
        path: `^${packages[name]}/src/[^/]+/`,
        pathNot: `^${packages[name]}/src/(?:${[folder, ...layers.slice(0, index).flat()].join("|")})/`,
      },
    })),
  );

/** @type {import("dependency-cruiser").IConfiguration} */
export default {
  forbidden: [
    ...packageRules,
    ...typeRules,
    ...libraryRules,
    {
      name: "library-named",
      comment: "a library that is not in the list: give it a line in `libraryUsers`",
      severity: "error",
      from: { pathNot: "^\\.dependency-cruiser" },
      to: { path: "node_modules/", pathNot: `node_modules/(?:${knownLibraries.join("|")})` },
    },
    ...coreModuleRules,
    ...uiRules,
    ...layerRules("gateway", gatewayLayers),
    ...layerRules("fleet", fleetLayers),
    ...layerRules("history", historyLayers),
    {
      name: "ui-pages-apart",
      comment: "what two pages share is a component",
      severity: "error",
      from: { path: "^ui/src/pages/([^/]+)/" },
      to: { path: "^ui/src/pages/", pathNot: "^ui/src/pages/$1/" },
    },
    {
      name: "own-package-by-path",
      comment: "inside a package import by path, across packages by the package's name",
      severity: "error",
      from: { path: "^((?:services/)?[^/]+)/" },
      to: {
        path: anyOf(Object.values(packages).map((path) => `${path}/`)),
        pathNot: "^$1/",
        dependencyTypesNot: ["npm", "npm-dev", "aliased", "aliased-workspace"],
      },
    },
    {
      name: "pure-domain",
      comment: "domain has no I/O, no clock and no randomness: no core module, no library",
      severity: "error",
      from: { path: "^services/domain/", pathNot: `${testFiles}|/fixtures/` },
      to: {
        dependencyTypes: ["core", "npm", "npm-dev", "npm-optional", "npm-peer", "npm-no-pkg"],
        pathNot: inPackages(["domain"]),
      },
    },
    {
      name: "browser-safe-protocol",
      comment: "protocol runs in browsers too: no core module",
      severity: "error",
      from: { path: "^services/protocol/", pathNot: testFiles },
      to: { dependencyTypes: ["core"] },
    },
    {
      name: "browser-safe-runtime",
      comment: "runtime's entry point . runs in browsers and on devices: no core module, no library",
      severity: "error",
      from: { path: "^services/runtime/src/[^/]+$", pathNot: testFiles },
      to: { dependencyTypes: ["core", "npm", "npm-dev", "npm-optional", "npm-peer", "npm-no-pkg"] },
    },
    {
      name: "runtime-entry-point",
      comment: "what runs in browsers uses only the entry point . of runtime",
      severity: "error",
      from: { path: "^(?:services/protocol|ui)/|^services/runtime/src/[^/]+$", pathNot: testFiles },
      to: { path: "^services/runtime/src/node/" },
    },
    {
      name: "sql-process-loads-little",
      comment:
        "the process of an SQL statement loads no schemas and no folds, which would double the time of its start",
      severity: "error",
      from: {
        path: "^services/history/src/(?:sql/(?:process|statement)/|store/(?:tables|statements)\\.ts$)",
        pathNot: testFiles,
      },
      to: { path: "^services/(?:protocol/src/index|projections/src/folding)\\.ts$", dependencyTypesNot: ["type-only"] },
    },
    {
      name: "no-cycles",
      comment: "a cycle, even of types only, has no file that can be read first",
      severity: "error",
      from: {},
      to: { circular: true },
    },
    {
      name: "no-orphans",
      comment: "a file that nothing imports and that imports nothing is forgotten",
      severity: "error",
      from: {
        orphan: true,
        pathNot: `${testFiles}|/(?:main|index)\\.ts$|\\.config\\.ts$|^\\.|/fixtures/|\\.d\\.ts$|^ui/public/`,
      },
      to: {},
    },
    {
      name: "resolvable",
      comment: "the import resolves to nothing",
      severity: "error",
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: "declared",
      comment: "the package is not in this package's own package.json (a hoisted one is luck)",
      severity: "error",
      from: { pathNot: "^[^/]+\\.(?:config\\.ts|mjs)$" },
      to: { dependencyTypes: ["npm-no-pkg", "npm-unknown"] },
    },
    {
      name: "views-in-tests",
      comment:
        "tests of any package use the real views, from @fleetlog/projections/testing, and the authenticator of @fleetlog/identity/testing",
      severity: "error",
      from: { pathNot: testSupport },
      to: { path: offeredToTests },
    },
    {
      name: "no-dev-dependency-in-source",
      comment: "what runs must not need what only develops",
      severity: "error",
      from: { pathNot: `${testSupport}|/contract/|^simulators/samples/|\\.config\\.ts$|^\\.` },
      to: { dependencyTypes: ["npm-dev"], dependencyTypesNot: ["type-only"], pathNot: "node_modules/@types/" },
    },
    {
      name: "tests-are-leaves",
      comment: "nothing imports a test",
      severity: "error",
      from: {},
      to: { path: "\\.test\\.ts$" },
    },
  ],
  options: {
    // TypeScript 7 has no JavaScript API, so swc reads the sources; it sees type-only imports too.
    parser: "swc",
    tsPreCompilationDeps: true,
    combinedDependencies: true,
    doNotFollow: { path: "node_modules" },
    exclude: { path: "^(?:services/)?[^/]+/(?:dist|coverage)/" },
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["import", "node", "default", "types"],
      extensions: [".ts", ".mjs", ".js", ".json"],
    },
    skipAnalysisNotInRules: true,
  },
};
