/** @module What no stranger may read. */
export const SECRET = 'Bearer the-secret';
