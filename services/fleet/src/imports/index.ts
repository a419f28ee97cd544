export { Importer } from "./importer.ts";
export { listImports, readImportCredentials, reportOfImport } from "./read.ts";
export { type StartImport, startImport } from "./start.ts";
