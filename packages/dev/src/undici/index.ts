/** @module Pinned dispatchers for undici and fetch. Needs the package `undici`, which the rest of dev does not load. */
export { createPinnedDispatcher, type DispatcherOptions } from './pinned-dispatcher.ts';
