/** Holds the directions of the house: which room may import which. Run by `pnpm check`. */
const CORE = '^packages/ca-core/src';

/** Rooms of ca-core from left to right; each may import only what stands to its left. */
const ROOMS = [
  ['errors\\.ts|core-errors\\.ts|platform\\.d\\.ts'],
  ['der', 'pem'],
  ['names', 'keys'],
  ['x509', 'pins'],
  ['profiles'],
  ['lint'],
  ['issue'],
  ['revocation'],
];

const roomPattern = (rooms) => `${CORE}/(?:${rooms.join('|')})`;

const coreRules = ROOMS.slice(0, -1).map((rooms, i) => ({
  name: `ca-core-room-${i}`,
  comment: `${rooms.join(', ')} may not import from a room to the right`,
  severity: 'error',
  from: { path: roomPattern(rooms), pathNot: '\\.test\\.ts$' },
  to: {
    path: [
      ...ROOMS.slice(i + 1).map(roomPattern),
      `${CORE}/(?:node|pin-formats|pkcs12|read|public-suffix)/`,
      `${CORE}/index\\.ts`,
    ],
  },
}));

const ALLOWED = {
  'ca-core': [],
  'ca-store': ['ca-core'],
  install: ['ca-core', 'ca-store'],
  dev: ['ca-core'],
  testkit: ['ca-core', 'ca-store', 'install'],
  cli: ['ca-core', 'ca-store', 'install', 'acme', 'proxy', 'dev'],
};

const packageRules = Object.entries(ALLOWED).map(([name, allowed]) => ({
  name: `${name}-imports`,
  comment: `${name} may import ${allowed.length === 0 ? 'no other package' : allowed.join(', ')}`,
  severity: 'error',
  from: { path: `^packages/${name}/src`, pathNot: '\\.test\\.ts$' },
  to: { path: '^packages/', pathNot: `^packages/(?:${[name, ...allowed].join('|')})/` },
}));

module.exports = {
  forbidden: [
    {
      name: 'no-cycles',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'no-deep-imports',
      comment: 'another package is entered by its exports alone',
      severity: 'error',
      from: { path: '^packages/([^/]+)/' },
      to: {
        path: '^packages/([^/]+)/src/(?!index\\.ts$|(?:node|pin-formats|pkcs12|read|public-suffix|revocation)/index\\.ts$|apply/journal\\.ts$)',
        pathNot: '^packages/$1/',
      },
    },
    {
      name: 'nobody-imports-cli',
      severity: 'error',
      from: { pathNot: '^packages/cli/' },
      to: { path: '^packages/cli/src' },
    },
    {
      name: 'pure-ca-core',
      comment: 'ca-core touches no file, process or network; node:crypto lives in its rooms node and pkcs12',
      severity: 'error',
      from: { path: CORE, pathNot: ['/node/', '/pkcs12/', '\\.test\\.ts$'] },
      to: { dependencyTypes: ['core'] },
    },
    ...coreRules,
    ...packageRules,
  ],
  options: {
    includeOnly: '^packages/[^/]+/src/',
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.base.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'default'] },
  },
};
