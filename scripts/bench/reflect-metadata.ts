/**
 * @module A stand-in for the reflect-metadata polyfill. tsyringe, with which @peculiar/x509 registers its parts, refuses
 * to load without one; it asks it about constructor parameters only, and those parts have none.
 */
const answerNone = (): undefined => undefined;

/** Call it before @peculiar/x509 is imported. */
export function provideReflectMetadata(): void {
  Object.assign(Reflect, { getMetadata: answerNone, getOwnMetadata: answerNone, defineMetadata: answerNone });
}
