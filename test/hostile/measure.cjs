/** @module Preloaded into the program under test: at its end it writes what it used, as only the process itself knows. */
'use strict';
const { writeFileSync } = require('node:fs');

process.on('exit', () => {
  const { maxRSS, userCPUTime, systemCPUTime } = process.resourceUsage();
  const cost = { maxRssBytes: maxRSS * 1024, cpuMs: (userCPUTime + systemCPUTime) / 1000 };
  writeFileSync(process.env.COST_FILE, JSON.stringify(cost));
});
