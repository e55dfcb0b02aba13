#!/usr/bin/env node
'use strict';
/**
 * @module The file that `mintmark` starts. It runs program.cjs, and the chunks that a command asks for, with the code caches
 * that the build made beside them: compiling is a good part of a short run. A cache of another V8 is rejected by V8 itself,
 * and then the code is simply compiled.
 */
const { readFileSync } = require('node:fs');
const { dirname, join } = require('node:path');
const { Script } = require('node:vm');

// The class itself; requiring node:module builds a second face for it first.
const Module = module.constructor;
const chunks = join(__dirname, 'chunks');
const scripts = new Map();

function readCache(path) {
  try {
    return readFileSync(path.replace(/cjs$/, 'cache'));
  } catch {
    return undefined; // not shipped, or not readable: slower, not broken
  }
}

/** Runs a file of the build, which leaves one function expression in ASCII each: nothing to decode, nothing to join. */
function load(loaded, path) {
  const script = new Script(readFileSync(path, 'latin1'), { filename: path, cachedData: readCache(path) });
  scripts.set(path, script);
  script.runInThisContext()(loaded.exports, Module.createRequire(path), loaded, path, chunks);
}

const loadOther = require.extensions['.js'];
require.extensions['.cjs'] = (loaded, path) => (dirname(path) === chunks ? load : loadOther)(loaded, path);

// Finding a file by way of `require` costs more than running this one. Chunks require it by name and must find this very module.
const path = join(chunks, 'program.cjs');
const program = new Module(path, module);
program.filename = path;
require.cache[path] = program;
load(program, path);
module.exports = { scripts, done: program.exports.start() };
