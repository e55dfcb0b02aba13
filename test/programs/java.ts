/**
 * @module Java's programs with what makes a short run cheap: one compiler instead of two, a collector without threads. What they
 * print and decide is the same; only the time differs.
 */
import { programPath } from './program.ts';

const SMALL = ['-XX:+UseSerialGC', '-Xshare:auto'];
const QUICK = ['-XX:TieredStopAtLevel=1', ...SMALL];

/** A `java` of its own path with arguments, such as that of another JDK. */
export const quickJava = (program: string, ...args: readonly string[]): string[] => [program, ...QUICK, ...args];

/** `java ARGS`. @throws Error when it is missing */
export const javaCommand = (...args: readonly string[]): string[] => quickJava(programPath('java'), ...args);

/** The same for `javac` and `keytool`, where the path is another's to choose. */
export const QUICK_TOOL = QUICK.map((flag) => `-J${flag}`);

/** For stores of hundreds of thousands of rounds, which both compilers do in half the time. */
export const countingJava = (...args: readonly string[]): string[] => [programPath('java'), ...SMALL, ...args];
export const countingKeytool = (...args: readonly string[]): string[] => [
  programPath('keytool'),
  ...SMALL.map((flag) => `-J${flag}`),
  ...args,
];

/** `javac ARGS` or `keytool ARGS`. @throws Error when it is missing */
export const jdkCommand = (name: 'javac' | 'keytool', ...args: readonly string[]): string[] => [
  programPath(name),
  ...QUICK_TOOL,
  ...args,
];
