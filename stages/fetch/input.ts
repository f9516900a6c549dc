/** @module */

/** Input name under which the files of a data folder are passed. */
export const EXTERNAL_DATA = "external:data";
