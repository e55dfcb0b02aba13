/**
 * @module The order of the test files: the long ones first, so that none of them ends the run alone while the other processors are
 * idle; then what else starts programs; the unit tests fill the gaps at the end. No order changes what a test proves.
 */
import { relative } from 'node:path';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Those of more than 15 s, the longest first. A file that is not in the list only makes the end of the run longer. */
const LONG = [
  'test/pins/compiled.test.ts',
  'test/docs/commands.test.ts',
  'test/keystores/key-stores.test.ts',
  'test/hostile/pkcs12-writers.test.ts',
  'test/trust-stores/firefox.test.ts',
  'test/trust-stores/killed.test.ts',
  'test/clients/forgeries.test.ts',
  'test/pins/browsers.test.ts',
  'test/store/killed.test.ts',
  'test/trust-stores/chromium.test.ts',
  'test/store/keystore-interrupted.test.ts',
  'test/ca/rotate.test.ts',
  'test/ca/rotate-stores.test.ts',
  'test/mkcert/side-by-side.test.ts',
  'test/clients/honest.test.ts',
  'test/keystores/trust-stores.test.ts',
  'test/doctor/live.test.ts',
  'test/trust-stores/surroundings.test.ts',
  'test/trust-stores/java.test.ts',
  'test/trust-stores/disk.test.ts',
  'test/pins/webtransport.test.ts',
  'test/trust-stores/system-store.test.ts',
  'test/cli/pin-manifest.test.ts',
  'test/pins/javascript.test.ts',
  'test/lint/zlint.test.ts',
  'test/workers/workers.test.ts',
  'test/store/killed-rotation.test.ts',
  'test/environment/clients.test.ts',
  'test/cli/spare.test.ts',
  'test/cli/mint-p12.test.ts',
  'test/dev/fresh-server.test.ts',
  'test/dev/fresh-faults.test.ts',
  'test/revocation/ocsp.test.ts',
  'test/keys/token.test.ts',
  'test/pins/javascript-programs.test.ts',
  'test/hostile/sizes.test.ts',
  'test/wine/wine.test.ts',
];

const rankOf = (path: string): number => {
  const place = LONG.indexOf(path);
  if (place !== -1) return place;
  return LONG.length + (path.startsWith('test/') ? 0 : 1);
};

export default class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = (file: TestSpecification): number => rankOf(relative(this.ctx.config.root, file.moduleId));
    return [...files].sort((a, b) => rank(a) - rank(b) || a.moduleId.localeCompare(b.moduleId));
  }
}
