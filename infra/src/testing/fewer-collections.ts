/**
 * An option of unit tests' workers: V8 collects garbage when the heap has grown to four times its size after the last
 * collection, which is its own maximum. Its choice is far less with DuckDB's buffers: tests of the history's files spent a
 * fifth of their processor time on it.
 */
export const FEWER_COLLECTIONS = "--heap-growing-percent=300";
