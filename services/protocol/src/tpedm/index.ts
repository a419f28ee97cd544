import catalogue from "./operations.json" with { type: "json" };

/** Where an operation was published. */
export interface OperationSource {
  readonly title: string;
  readonly url: string;
}

export interface OperationCategory {
  readonly id: string;
  readonly title: string;
}

/** A call of the REST API of ThingsPro Edge. */
export interface Operation {
  readonly category: string;
  readonly title: string;
  readonly method: string;
  /** Each `{name}` must be filled in. */
  readonly path: string;
  /** The only possible values for names in the path, if they are limited. */
  readonly choices?: Readonly<Record<string, readonly string[]>>;
  /** An example. */
  readonly body?: unknown;
  /** JSON Schema of the body, where it was published. */
  readonly schema?: Readonly<Record<string, unknown>>;
  readonly source: string;
}

export const OPERATION_CATEGORIES: readonly OperationCategory[] = catalogue.categories;
export const OPERATIONS: readonly Operation[] = catalogue.operations as readonly Operation[];
export const OPERATION_SOURCES: Readonly<Record<string, OperationSource>> = catalogue.sources;
