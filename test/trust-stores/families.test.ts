/**
 * @module Families other than Debian's, as far as this machine can play them: the folders of Fedora, Arch and openSUSE with p11-kit's
 * real `trust extract` behind a script of the family's name, and Alpine's marker over Debian's own tool.
 * What is not played: their own scripts, SELinux labels, the Java and OpenSSL-directory bundles they also write.
 */
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { requirePrograms } from '../programs/program.ts';
import { declarePrivateMachine, type PrivateMachine } from './private-machine.ts';
import { stateOf, TrustScene } from './trust-scene.ts';

const SYSTEM = ['--stores', 'system'];

/** A family whose tool is p11-kit's. */
interface Extracted {
  readonly name: string;
  /** What the trust module reads, besides the distribution's roots. */
  readonly source: string;
  readonly anchors: string;
  readonly bundle: string;
  readonly command: string;
}

const EXTRACTED: readonly Extracted[] = [
  {
    name: 'Fedora',
    source: '/etc/pki/ca-trust/source',
    anchors: '/etc/pki/ca-trust/source/anchors',
    bundle: '/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem',
    command: '/usr/bin/update-ca-trust',
  },
  {
    name: 'Arch',
    source: '/etc/ca-certificates/trust-source',
    anchors: '/etc/ca-certificates/trust-source/anchors',
    bundle: '/etc/ca-certificates/extracted/tls-ca-bundle.pem',
    command: '/usr/bin/update-ca-trust',
  },
  {
    name: 'openSUSE',
    source: '/etc/pki/trust',
    anchors: '/etc/pki/trust/anchors',
    bundle: '/var/lib/ca-certificates/ca-bundle.pem',
    command: '/usr/sbin/update-ca-certificates',
  },
];

const DISTRIBUTION = '/etc/distribution-roots';
const MODULE = '/etc/pkcs11/modules/p11-kit-trust.module';

/** The module's path is compiled in; its configuration takes others in place of those compiled in. */
const moduleText = (source: string): string =>
  `module: p11-kit-trust.so\ntrust-policy: yes\nx-init-reserved: paths='${DISTRIBUTION}:${source}'\n`;

const scriptText = (bundle: string): string =>
  [
    '#!/bin/sh',
    'exec trust extract --format=pem-bundle --filter=ca-anchors --overwrite --comment --purpose=server-auth \\',
    `  ${bundle}`,
    '',
  ].join('\n');

function makeFolder(machine: PrivateMachine, folder: string): void {
  mkdirSync(machine.path(folder), { recursive: true, mode: 0o755 });
}

let scene: TrustScene | undefined;
const { use } = declarePrivateMachine('families', async (machine, folder) => {
  scene = await TrustScene.open(machine, folder, { roots: 10 });
  makeFolder(machine, `${DISTRIBUTION}/anchors`);
  const bundle = machine.read('/etc/ssl/certs/ca-certificates.crt');
  machine.write(`${DISTRIBUTION}/anchors/roots.pem`, bundle);
  await machine.runOrThrow(['mv', '/usr/sbin/update-ca-certificates', '/usr/sbin/of-debian']);
});

function theScene(): TrustScene {
  if (scene === undefined) throw new Error('no scene');
  return scene;
}

async function becomeFamily(machine: PrivateMachine, family: Extracted): Promise<void> {
  for (const folder of [family.anchors, dirname(family.bundle), dirname(MODULE)]) makeFolder(machine, folder);
  machine.write(MODULE, moduleText(family.source));
  machine.write(family.command, scriptText(family.bundle), 0o755);
  await machine.runOrThrow([family.command, 'extract']);
}

describe.for(EXTRACTED)('$name, by p11-kit', (family) => {
  afterEach(async (context) => {
    await use(context).run(['rm', '-rf', '/etc/pki', '/etc/ca-certificates/trust-source', family.command]);
  });

  it('takes the root into its bundle, and gives back the very same bundle afterwards', async (context) => {
    const machine = use(context);
    requirePrograms(context, ['trust']);
    await becomeFamily(machine, family);
    await theScene().rebase();
    const bundle = machine.read(family.bundle);
    const isTrusted = async (): Promise<boolean> => {
      const command = ['openssl', 'verify', '-no-CApath', '-no-CAstore', '-CAfile', family.bundle];
      return (await theScene().run([...command, theScene().authority.issuer.certFile])).exitCode === 0;
    };
    expect(await isTrusted()).toBe(false);

    const [installed] = await theScene().stores(['install', ...SYSTEM]);
    expect(installed).toMatchObject({ name: `${family.name} system store`, state: 'trusted' });
    expect(await isTrusted()).toBe(true);

    expect(stateOf(await theScene().stores(['uninstall', ...SYSTEM]), 'system')).toBe('absent');
    expect(await isTrusted()).toBe(false);
    expect(machine.read(family.bundle)).toBe(bundle);
    expect(await theScene().leftovers()).toEqual([]);
  });
});

describe("Alpine, by Debian's tool", () => {
  afterEach(async (context) => void (await use(context).run(['rm', '-f', '/etc/alpine-release'])));

  it('takes the root in and out', async (context) => {
    const machine = use(context);
    machine.write('/etc/alpine-release', '3.20.0\n');
    await machine.run(['mv', '/usr/sbin/of-debian', '/usr/sbin/update-ca-certificates']);
    machine.hide('/etc/ca-certificates/update.d/jks-keystore');
    await theScene().rebase();
    const [installed] = await theScene().stores(['install', ...SYSTEM]);
    expect(installed).toMatchObject({ name: 'Alpine system store', state: 'trusted' });
    expect(await theScene().isTrustedByOpenssl()).toEqual({ byBundle: true, byFolder: true });
    await theScene().stores(['uninstall', ...SYSTEM]);
    expect(await theScene().leftovers()).toEqual([]);
  });

  it('is told which package to add where the tool is missing, and nothing is changed', async (context) => {
    const machine = use(context);
    machine.write('/etc/alpine-release', '3.20.0\n');
    await machine.run(['mv', '/usr/sbin/update-ca-certificates', '/usr/sbin/of-debian']);
    const result = await theScene().mintmark(['install', ...SYSTEM]);
    expect(result.exitCode).toBe(1);
    expect(result.output).toContain('apk add ca-certificates');
  });
});

describe('a system of no known family', () => {
  it('is told of another way, exit code 1, and nothing is changed', async (context) => {
    const machine = use(context);
    machine.hide('/usr/sbin/update-ca-certificates');
    await theScene().rebase();
    const result = await theScene().mintmark(['install', ...SYSTEM]);
    expect(result.exitCode).toBe(1);
    expect(result.output).toContain('mintmark exec -- CMD');
    expect(await theScene().leftovers()).toEqual([]);
  });
});
