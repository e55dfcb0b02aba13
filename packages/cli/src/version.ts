/** @module The version of the program; a check holds it equal to package.json. */
export const VERSION = '0.1.0';
