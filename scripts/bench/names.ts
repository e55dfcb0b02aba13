/** @module The one name and two addresses that every measured certificate is for. */
export const NAMES = ['localhost', '127.0.0.1', '::1'] as const;
