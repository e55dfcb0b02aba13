#!/usr/bin/env node
'use strict';
/**
 * @module The file that `mintmark` starts. It runs program.cjs with the code cache that the build made beside it, which
 * saves a sixth of the start-up. A cache of another V8 is rejected by V8 itself, and then program.cjs is simply compiled.
 */
const { readFileSync } = require('node:fs');
const { join } = require('node:path');
const { Script } = require('node:vm');

// The class itself; requiring node:module builds a second face for it first.
const Module = module.constructor;
const path = join(__dirname, 'chunks', 'program.cjs');

function readCache() {
  try {
    return readFileSync(join(__dirname, 'program.cache'));
  } catch {
    return undefined; // not shipped, or not readable: slower, not broken
  }
}

// The build leaves one function expression in ASCII: nothing to decode, nothing to join.
const script = new Script(readFileSync(path, 'latin1'), { filename: path, cachedData: readCache() });
// Lazy chunks require program.cjs by name and must find this very module.
const programModule = new Module(path, module);
programModule.filename = path;
require.cache[path] = programModule;
script.runInThisContext()(
  programModule.exports,
  Module.createRequire(path),
  programModule,
  path,
  join(__dirname, 'chunks'),
);
module.exports = { script, done: programModule.exports.start() };
