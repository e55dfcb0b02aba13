/** @module The planned environment on machines of many kinds: what is merged, kept, left alone, and that asking twice changes nothing. */
import { describe, expect, it } from 'vitest';
import { formatPem } from '@mintmark/ca-core';
import { createFakeMachine, type FakeEntry } from '../../../testkit/src/index.ts';
import { encodeJks, parseJks } from '../java/jks.ts';
import { holdsAll, parseCertificates } from './bundle.ts';
import { planEnvironment, type EnvironmentPlan } from './environment.ts';
import { createSources } from './sources.ts';
import { writeEnvironment } from './write-environment.ts';

const certificate = (mark: number): Uint8Array => Uint8Array.of(0x30, 2, 5, mark);
const [ROOT, SYSTEM, CORP, OTHER, RUNTIME] = [1, 2, 3, 4, 5].map(certificate) as [
  Uint8Array,
  Uint8Array,
  Uint8Array,
  Uint8Array,
  Uint8Array,
];
const pem = (...list: Uint8Array[]): string => list.map((der) => formatPem('CERTIFICATE', der)).join('');

const SYSTEM_FILE = '/etc/ssl/certs/ca-certificates.crt';
const FOLDER = '/home/u/mintmark/environment';

type Setting = {
  readonly env?: Record<string, string>;
  readonly entries?: Record<string, FakeEntry>;
  readonly roots?: Uint8Array[];
  readonly subset?: string;
  readonly platform?: NodeJS.Platform;
};

const machineOf = ({ env = {}, entries = { [SYSTEM_FILE]: pem(SYSTEM) }, platform = 'linux' }: Setting = {}) =>
  createFakeMachine({ env, platform, entries: { '/corp.pem': pem(CORP), '/other.pem': pem(OTHER), ...entries } });

function planOn(
  machine: ReturnType<typeof createFakeMachine>,
  { roots = [ROOT], subset }: Setting = {},
): EnvironmentPlan {
  const request = { folder: FOLDER, roots, cwd: '/app', readRuntimeRoots: () => [RUNTIME] };
  return planEnvironment({ ...request, ...(subset === undefined ? {} : { subset }) }, createSources(machine.reader));
}

const plan = (setting: Setting = {}): EnvironmentPlan => planOn(machineOf(setting), setting);

/** The certificates behind a variable. */
function trusted(made: EnvironmentPlan, name: string): Uint8Array[] {
  const file = made.files.find(({ path }) => path === made.variables[name]);
  return file === undefined ? [] : parseCertificates(file.bytes);
}

describe('a user without settings', () => {
  it('gets our root added where programs add, and beside the system elsewhere', () => {
    const made = plan();
    expect(trusted(made, 'NODE_EXTRA_CA_CERTS')).toEqual([ROOT]);
    expect(trusted(made, 'DENO_CERT')).toEqual([ROOT]);
    for (const name of [
      'SSL_CERT_FILE',
      'CURL_CA_BUNDLE',
      'REQUESTS_CA_BUNDLE',
      'PIP_CERT',
      'GIT_SSL_CAINFO',
      'AWS_CA_BUNDLE',
    ])
      expect(trusted(made, name), name).toEqual([SYSTEM, ROOT]);
    expect(made).toMatchObject({ skipped: [], warnings: [] });
  });

  it('gets no switch that an older runtime refuses', () => {
    expect(Object.keys(plan().variables)).not.toContain('NODE_OPTIONS');
  });

  it('gets nothing for programs that follow another variable', () => {
    const names = Object.keys(plan().variables);
    for (const name of [
      'BUNDLE_SSL_CA_CERT',
      'npm_config_cafile',
      'YARN_CA_FILE_PATH',
      'NIX_SSL_CERT_FILE',
      'SSL_CERT_DIR',
    ])
      expect(names).not.toContain(name);
  });

  it('has Nix programs told on NixOS', () => {
    const entries = { [SYSTEM_FILE]: pem(SYSTEM), '/etc/NIXOS': '' };
    expect(trusted(plan({ entries }), 'NIX_SSL_CERT_FILE')).toEqual([SYSTEM, ROOT]);
  });

  it('gets the roots of the runtime where the system has no file of its own', () => {
    expect(trusted(plan({ entries: {} }), 'SSL_CERT_FILE')).toEqual([RUNTIME, ROOT]);
  });

  it('gets no root twice when it is installed already', () => {
    expect(trusted(plan({ entries: { [SYSTEM_FILE]: pem(SYSTEM, ROOT) } }), 'SSL_CERT_FILE')).toEqual([SYSTEM, ROOT]);
  });
});

describe('what the user has set', () => {
  it('stands in for the system, in its own variable alone', () => {
    const made = plan({ env: { REQUESTS_CA_BUNDLE: '/corp.pem' } });
    expect(trusted(made, 'REQUESTS_CA_BUNDLE')).toEqual([CORP, ROOT]);
    expect(trusted(made, 'SSL_CERT_FILE')).toEqual([SYSTEM, ROOT]);
  });

  it('goes on counting for programs that fall back on it', () => {
    const made = plan({ env: { SSL_CERT_FILE: '/corp.pem', CURL_CA_BUNDLE: '/other.pem' } });
    expect(trusted(made, 'CARGO_HTTP_CAINFO')).toEqual([CORP, ROOT]);
    expect(trusted(made, 'REQUESTS_CA_BUNDLE')).toEqual([OTHER, ROOT]);
    expect(trusted(plan({ env: { SSL_CERT_FILE: '/corp.pem' } }), 'CURL_CA_BUNDLE')).toEqual([CORP, ROOT]);
  });

  it('is merged in the variables that are touched only then', () => {
    const made = plan({ env: { npm_config_cafile: '/corp.pem', BUNDLE_SSL_CA_CERT: '/other.pem' } });
    expect(trusted(made, 'npm_config_cafile')).toEqual([CORP, ROOT]);
    expect(trusted(made, 'BUNDLE_SSL_CA_CERT')).toEqual([OTHER, ROOT]);
  });

  it('is merged for npm where its configuration would hide ours', () => {
    const entries = { [SYSTEM_FILE]: pem(SYSTEM), '/usr/etc/npmrc': 'cafile=/corp.pem\n' };
    const env = { PATH: '/usr/bin' };
    expect(trusted(plan({ env, entries }), 'npm_config_cafile')).toEqual([CORP, ROOT]);
    const named = plan({ env: { ...env, NPM_CONFIG_CAFILE: '/other.pem' }, entries });
    expect(named.variables).not.toHaveProperty('npm_config_cafile');
    expect(trusted(named, 'NPM_CONFIG_CAFILE')).toEqual([OTHER, ROOT]);
  });

  it('is kept as it is when it holds our root', () => {
    const made = plan({ env: { GIT_SSL_CAINFO: '/all.pem' }, entries: { '/all.pem': pem(CORP, ROOT) } });
    expect(made.variables['GIT_SSL_CAINFO']).toBe('/all.pem');
  });

  it('may be relative, a folder, or the configuration of the program', () => {
    const entries = {
      '/app/own/corp.pem': pem(CORP),
      '/certs/0a1b2c3d.0': pem(OTHER),
      '/certs/notes.txt': pem(RUNTIME),
      '/home/u/.gitconfig': '[http]\nsslCAInfo = /corp.pem\n[http "https://x"]\nsslCAInfo = /other.pem\n',
    };
    const made = plan({ env: { AWS_CA_BUNDLE: 'own/corp.pem', REQUESTS_CA_BUNDLE: '/certs' }, entries });
    expect(trusted(made, 'AWS_CA_BUNDLE')).toEqual([CORP, ROOT]);
    expect(trusted(made, 'REQUESTS_CA_BUNDLE')).toEqual([OTHER, ROOT]);
    expect(trusted(made, 'GIT_SSL_CAINFO')).toEqual([CORP, OTHER, ROOT]);
  });

  it('is the system when it names the file of the system', () => {
    const { variables } = plan({ env: { SSL_CERT_FILE: SYSTEM_FILE } });
    expect(variables['SSL_CERT_FILE']).toBe(variables['GIT_SSL_CAINFO']);
  });

  it('counts as not set when it is empty', () => {
    expect(trusted(plan({ env: { SSL_CERT_FILE: '', npm_config_cafile: '' } }), 'SSL_CERT_FILE')).toEqual([
      SYSTEM,
      ROOT,
    ]);
  });

  it.each(['/gone.pem', '/app'])('is warned of when it holds nothing: %s', (path) => {
    const made = plan({ env: { SSL_CERT_FILE: path } });
    expect(trusted(made, 'SSL_CERT_FILE')).toEqual([SYSTEM, ROOT]);
    expect(made.warnings.join()).toContain(`SSL_CERT_FILE names ${path}`);
  });
});

describe('asked again from within', () => {
  const within = (
    env: Record<string, string>,
    change: Setting = {},
  ): { first: EnvironmentPlan; second: EnvironmentPlan } => {
    const entries = { [SYSTEM_FILE]: pem(SYSTEM), '/home/u/.wgetrc': 'quiet = on\n' };
    const machine = machineOf({ env, entries });
    const first = planOn(machine);
    writeEnvironment(first, machine);
    const inner = createFakeMachine({
      env: { ...env, ...first.variables },
      entries: Object.fromEntries(machine.entries),
    });
    return { first, second: planOn(inner, change) };
  };

  it.each([
    {},
    {
      SSL_CERT_FILE: '/corp.pem',
      PHP_INI_SCAN_DIR: '/a',
      JAVA_TOOL_OPTIONS: '-Xmx1g',
      NODE_EXTRA_CA_CERTS: '/other.pem',
    },
  ])('it is the same, from %j', (env: Record<string, string>) => {
    const { first, second } = within(env);
    expect(second).toEqual(first);
  });

  it('it has a root that is new since, and has lost one that is gone', () => {
    const { second } = within({ SSL_CERT_FILE: '/corp.pem' }, { roots: [OTHER] });
    expect(trusted(second, 'SSL_CERT_FILE')).toEqual([CORP, OTHER]);
  });

  it('it recovers when the files were removed', () => {
    const inner = machineOf({ env: planOn(machineOf()).variables as Record<string, string> });
    expect(planOn(inner)).toEqual(planOn(machineOf()));
  });
});

describe('Java', () => {
  const list = (made: EnvironmentPlan): Uint8Array[] =>
    parseJks(made.files.find(({ path }) => path.endsWith('java.jks'))?.bytes ?? new Uint8Array())?.map(
      ({ certDer }) => certDer,
    ) ?? [];

  it('trusts the system, its own list and ours', () => {
    const cacerts = encodeJks([{ alias: 'a', certDer: CORP, createdMs: 1 }], 'changeit');
    const entries = { [SYSTEM_FILE]: pem(SYSTEM), '/jdk/lib/security/cacerts': cacerts };
    const made = plan({ env: { JAVA_HOME: '/jdk' }, entries });
    expect(list(made)).toHaveLength(3);
    expect(holdsAll(list(made), [SYSTEM, CORP, ROOT])).toBe(true);
  });

  it.each(['JAVA_TOOL_OPTIONS', 'JDK_JAVA_OPTIONS', '_JAVA_OPTIONS'])(
    'is left alone with a store of its own in %s',
    (name) => {
      const made = plan({ env: { [name]: '-Djavax.net.ssl.trustStore=/corp.jks' } });
      expect(made.variables).not.toHaveProperty('JAVA_TOOL_OPTIONS');
      expect(made.skipped).toEqual([
        { name: 'JAVA_TOOL_OPTIONS', reason: `${name} already names the trust store /corp.jks` },
      ]);
    },
  );

  it('is left alone where it could not open the file', () => {
    const at = (locale: string): EnvironmentPlan =>
      planEnvironment(
        { folder: '/home/é', roots: [ROOT], cwd: '/', readRuntimeRoots: () => [] },
        createSources(machineOf({ env: { LC_ALL: locale } }).reader),
      );
    expect(at('C').skipped.map(({ name }) => name)).toEqual(['JAVA_TOOL_OPTIONS']);
    expect(at('fr_FR.UTF-8').skipped).toEqual([]);
  });
});

describe('wget', () => {
  const wgetrc = (made: EnvironmentPlan): string => {
    const file = made.files.find(({ path }) => path === made.variables['WGETRC']);
    expect(file?.mode).toBe(0o600);
    return Buffer.from(file?.bytes ?? []).toString();
  };

  it('keeps the settings of its user and the roots they name', () => {
    const text = 'http_password = x\nca_certificate = ~/corp.pem\n';
    const entries = { [SYSTEM_FILE]: pem(SYSTEM), '/home/u/.wgetrc': text, '/home/u/corp.pem': pem(CORP) };
    const made = plan({ entries });
    expect(wgetrc(made)).toContain(text);
    const [, bundle = ''] = /ca_certificate = (.*bundle.*)\n$/.exec(wgetrc(made)) ?? [];
    expect(parseCertificates(made.files.find(({ path }) => path === bundle)?.bytes ?? new Uint8Array())).toEqual([
      CORP,
      ROOT,
    ]);
  });

  it('keeps the roots that the machine has set for everybody', () => {
    const entries = { [SYSTEM_FILE]: pem(SYSTEM), '/etc/wgetrc': 'ca_certificate = /corp.pem\n' };
    expect(wgetrc(plan({ entries }))).toMatch(/ca_certificate = .*bundle-.*\n$/);
  });

  it('is left alone when its own file is not there to repeat', () => {
    const made = plan({ env: { WGETRC: '/gone' } });
    expect(made.skipped).toEqual([{ name: 'WGETRC', reason: "/gone can't be read" }]);
    expect(made.variables).not.toHaveProperty('WGETRC');
  });

  it('is left alone where a line break would end the setting, and PHP where a colon would end the folder', () => {
    const at = (folder: string): string[] =>
      planEnvironment(
        { folder, roots: [ROOT], cwd: '/', readRuntimeRoots: () => [] },
        createSources(machineOf().reader),
      ).skipped.map(({ name }) => name);
    expect(at('/a\nb')).toEqual(['WGETRC', 'WGET2RC', 'PHP_INI_SCAN_DIR']);
    expect(at('/a:b')).toEqual(['PHP_INI_SCAN_DIR']);
  });

  it('has no variable on Windows', () => {
    expect(plan({ platform: 'win32' }).variables).not.toHaveProperty('WGETRC');
  });
});

it('keeps the files of one CA apart from those of all', () => {
  expect(plan({ subset: 'bank' }).variables['SSL_CERT_FILE']).toBe(`${FOLDER}/ca/bank/bundle.pem`);
});

describe('writeEnvironment', () => {
  it('writes everything once and nothing twice', () => {
    const machine = machineOf();
    const made = planOn(machine);
    expect(writeEnvironment(made, machine)).toEqual(made.files.map(({ path }) => path));
    const text = made.files.filter(({ path }) => !path.endsWith('.jks')); // the fake machine keeps text
    expect(writeEnvironment({ files: text }, machine)).toEqual([]);
    machine.entries.set(`${FOLDER}/bundle.pem`, 'cut short');
    expect(writeEnvironment({ files: text }, machine)).toEqual([`${FOLDER}/bundle.pem`]);
  });

  it('says where it could not write', () => {
    const machine = createFakeMachine({ entries: { [SYSTEM_FILE]: pem(SYSTEM) }, isReadOnly: () => true });
    expect(() => writeEnvironment(planOn(machine), machine)).toThrow(
      expect.objectContaining({ code: 'NO_PERMISSION', message: expect.stringContaining(FOLDER) as string }),
    );
  });
});
