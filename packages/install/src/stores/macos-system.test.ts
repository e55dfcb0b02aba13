/**
 * @module The keychains of macOS, against a `security` that behaves as Apple's sources say (SecurityTool: trusted_cert_add.c,
 * verify_cert.c, keychain_delete.c) and speaks several languages. Not run on real hardware.
 */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  createFakeInstallContext,
  createFakeMachine,
  createThrowAwayAnchor,
  type FakeMachine,
  type FakeProgram,
} from '../../../testkit/src/index.ts';
import { createAnchor, type TrustAnchor } from '../anchor.ts';
import type { InstallContext } from '../change-place.ts';
import { installAnchor, inspectStores, planStores, uninstallAnchor } from '../install.ts';

const HOME = '/Users/u';
const LOGIN = `${HOME}/Library/Keychains/login.keychain-db`;
const SYSTEM = '/Library/Keychains/System.keychain';
const anchor = createThrowAwayAnchor(`${HOME}/root.pem`);
const other = createThrowAwayAnchor();

type Answer = 'yes' | 'no' | 'nobody';
type MacOptions = {
  readonly uid?: number;
  readonly answer?: Answer;
  readonly session?: string;
  readonly env?: Record<string, string>;
  readonly language?: 'en' | 'de';
  /** Says it was done, and did nothing. */
  readonly isIdle?: boolean;
  readonly isRightOpen?: boolean;
  readonly withoutFile?: boolean;
};
type Mac = {
  readonly machine: FakeMachine;
  readonly context: InstallContext;
  /** PEM by keychain. */
  readonly keychains: Record<string, string[]>;
  /** SHA-1, as trust settings are kept. */
  readonly settings: { readonly user: Set<string>; readonly admin: Set<string> };
  /** Domains that were asked for. */
  readonly dialogs: string[];
};

/** errAuthorizationCanceled -60006 and errAuthorizationInteractionNotAllowed -60007, as SecCopyErrorMessageString words them. */
const REFUSALS = {
  en: {
    no: 'The authorization was canceled by the user.',
    nobody: 'The authorization was denied since no user interaction was possible.',
  },
  de: {
    no: 'Die Autorisierung wurde vom Benutzer abgebrochen.',
    nobody: 'Die Autorisierung wurde abgelehnt, da keine Benutzerinteraktion möglich war.',
  },
};
/** errSecNoTrustSettings -25263 and errSecItemNotFound -25300. */
const NOTHING = { en: 'No Trust Settings were found.', de: 'Es wurden keine Vertrauenseinstellungen gefunden.' };

const anchorOf = (pem: string): TrustAnchor => {
  const der = Buffer.from(pem.replaceAll(/-----[^-]+-----|\s/g, ''), 'base64');
  return createAnchor({ caName: 'default', certDer: new Uint8Array(der), certFile: `${HOME}/root.pem` });
};

function createMac(options: MacOptions = {}): Mac {
  const { uid = 501, answer = 'yes', session = 'Aqua', language = 'en', isIdle = false } = options;
  const keychains: Mac['keychains'] = { [LOGIN]: [other.certPem], [SYSTEM]: [other.certPem] };
  const settings: Mac['settings'] = { user: new Set(), admin: new Set() };
  const dialogs: string[] = [];
  const fail = (what: string, reason: string) => ({ exitCode: 1, stderr: `${what}: ${reason}\n` });
  const ask = (domain: 'user' | 'admin'): string | undefined => {
    if (options.isRightOpen === true) return undefined;
    dialogs.push(domain);
    return answer === 'yes' ? undefined : REFUSALS[language][answer];
  };
  const securityAs =
    (isRoot: boolean): FakeProgram =>
    ({ command: [, verb, ...words] }, machine) => {
      const file = machine.text(words.at(-1) ?? '');
      const domain = words.includes('-d') ? 'admin' : 'user';
      const valueOf = (flag: string): string => words[words.indexOf(flag) + 1] ?? '';
      // errSecWrPerm -61: the system keychain and the settings of administrators belong to root.
      const isRootNeeded = /^(add|remove|delete)-/.test(verb ?? '') && (domain === 'admin' || words.includes(SYSTEM));
      if (isRootNeeded && !isRoot) return fail('SecKeychainItemDelete', 'Write permissions error.');
      switch (verb) {
        case 'find-certificate':
          return { stdout: (keychains[words.at(-1) ?? ''] ?? []).join('') };
        case 'verify-cert': {
          // A server's policy takes no certificate of ten years, and without -l none of a CA.
          if (valueOf('-p') !== 'basic' || !words.includes('-l'))
            return fail('Cert Verify Result', 'CSSMERR_TP_VERIFY_ACTION_FAILED');
          const root = anchorOf(machine.text(valueOf('-c')) ?? '');
          const isTrusted = settings.user.has(root.sha1Hex) || settings.admin.has(root.sha1Hex);
          return isTrusted
            ? { stdout: '...certificate verification successful.\n' }
            : fail('Cert Verify Result', 'CSSMERR_TP_NOT_TRUSTED');
        }
        case 'add-trusted-cert': {
          if (isIdle) return {};
          if (file === undefined) return { exitCode: 1, stderr: 'Error reading file\n' };
          const held = keychains[valueOf('-k')] ?? [];
          if (!held.includes(file)) held.push(file); // before the question; a duplicate is no error
          const refusal = ask(domain);
          if (refusal !== undefined) return fail('SecTrustSettingsSetTrustSettings', refusal);
          settings[domain].add(anchorOf(file).sha1Hex);
          return {};
        }
        case 'remove-trusted-cert': {
          if (isIdle) return {};
          const { sha1Hex } = anchorOf(file ?? '');
          if (!settings[domain].has(sha1Hex)) return fail('SecTrustSettingsRemoveTrustSettings', NOTHING[language]);
          const refusal = ask(domain);
          if (refusal !== undefined) return fail('SecTrustSettingsRemoveTrustSettings', refusal);
          settings[domain].delete(sha1Hex);
          return {};
        }
        case 'delete-certificate': {
          if (isIdle) return {};
          const held = keychains[words.at(-1) ?? ''] ?? [];
          const at = held.findIndex((pem) => anchorOf(pem).sha1Hex.toUpperCase() === valueOf('-Z'));
          if (at < 0) return { exitCode: 1, stderr: `Unable to delete certificate matching "${valueOf('-Z')}"` };
          held.splice(at, 1);
          return {};
        }
        case 'authorizationdb':
          return {
            stdout: `<key>rule</key><array><string>${options.isRightOpen === true ? 'allow' : 'authenticate-session-owner'}</string></array>`,
          };
        default:
          return { exitCode: 2, stderr: 'Usage: security' };
      }
    };
  const machine = createFakeMachine({
    platform: 'darwin',
    uid,
    userFolder: HOME,
    env: options.env ?? {},
    entries: { [LOGIN]: 'kych', ...(options.withoutFile === true ? {} : { [anchor.certFile]: anchor.certPem }) },
    programs: {
      '/usr/bin/security': securityAs(uid === 0),
      '/bin/launchctl': () => ({ stdout: `${session}\n` }),
      '/usr/bin/sudo': (call, fake) => {
        const [program = '', ...rest] = call.command.slice(call.command.indexOf('--') + 1);
        return securityAs(true)({ ...call, command: [program, ...rest] }, fake) ?? {};
      },
    },
  });
  const context: InstallContext = createFakeInstallContext(machine, 'system', { canAsk: true });
  return { machine, context, keychains, settings, dialogs };
}

const verbsOf = ({ machine }: Mac): (string | undefined)[] =>
  machine.calls.filter(({ command }) => command[0] !== '/bin/launchctl').map(({ command }) => command[1]);

describe('the login keychain', () => {
  it('takes the root with one dialog and no root rights, and gives back both its halves', async () => {
    const mac = createMac();
    const [installed] = await installAnchor(anchor, mac.context);
    expect(installed).toMatchObject({ id: 'system', state: 'trusted', isChanged: true, places: [{ id: LOGIN }] });
    expect(mac.dialogs).toEqual(['user']);
    expect(mac.machine.calls.some(({ command }) => command[0] === '/usr/bin/sudo')).toBe(false);
    const addition = mac.machine.calls.find(({ command }) => command[1] === 'add-trusted-cert');
    expect(addition?.command.slice(2)).toEqual([
      '-r',
      'trustRoot',
      '-p',
      'ssl',
      '-p',
      'basic',
      '-k',
      LOGIN,
      anchor.certFile,
    ]);
    const [removed] = await uninstallAnchor(anchor, mac.context);
    expect(removed).toMatchObject({ state: 'absent' });
    expect(mac.keychains[LOGIN]).toEqual([other.certPem]);
    expect(mac.settings.user.size).toBe(0);
  });

  it('is only looked at when the root is trusted already', async () => {
    const mac = createMac();
    await installAnchor(anchor, mac.context);
    mac.machine.calls.length = 0;
    const [again] = await installAnchor(anchor, mac.context);
    expect(again).toMatchObject({ state: 'trusted', isChanged: false });
    expect(new Set(verbsOf(mac))).toEqual(new Set(['find-certificate', 'verify-cert']));
    expect(mac.dialogs).toEqual(['user']);
  });

  it.each(['en', 'de'] as const)('keeps nothing of a root that the person refused (%s)', async (language) => {
    const mac = createMac({ answer: 'no', language });
    const [report] = await installAnchor(anchor, mac.context);
    expect(report).toMatchObject({
      state: 'failed',
      places: [{ detail: expect.stringContaining(REFUSALS[language].no) }],
    });
    expect(mac.keychains[LOGIN]).toEqual([other.certPem]);
  });

  it('is not believed when a program ends with 0 and did nothing', async () => {
    const [report] = await installAnchor(anchor, createMac({ isIdle: true }).context);
    expect(report).toMatchObject({ state: 'failed', places: [{ detail: expect.stringContaining('second look') }] });
  });

  it('is completed when the root lies there without trust settings', async () => {
    const mac = createMac();
    mac.keychains[LOGIN]?.push(anchor.certPem);
    const [before] = await inspectStores(anchor, mac.context);
    expect(before).toMatchObject({ state: 'absent', places: [{ detail: expect.stringContaining('without trust') }] });
    expect(await installAnchor(anchor, mac.context)).toMatchObject([{ state: 'trusted' }]);
    expect(mac.keychains[LOGIN]).toEqual([other.certPem, anchor.certPem]);
  });

  it('keeps the certificate of an earlier half when the person refuses the rest', async () => {
    const mac = createMac({ answer: 'no' });
    mac.keychains[LOGIN]?.push(anchor.certPem);
    await installAnchor(anchor, mac.context);
    expect(mac.keychains[LOGIN]).toContain(anchor.certPem);
  });

  it.each(['en', 'de'] as const)('loses a half without a dialog (%s)', async (language) => {
    const mac = createMac({ language });
    mac.keychains[LOGIN]?.push(anchor.certPem, anchor.certPem);
    expect(await uninstallAnchor(anchor, mac.context)).toMatchObject([{ state: 'absent' }]);
    expect(mac.keychains[LOGIN]).toEqual([other.certPem]);
    expect(mac.dialogs).toEqual([]);
  });

  it('loses trust settings whose certificate somebody else deleted', async () => {
    const mac = createMac();
    mac.settings.user.add(anchor.sha1Hex);
    const [before] = await inspectStores(anchor, mac.context);
    expect(before).toMatchObject({ state: 'absent', places: [{ detail: expect.stringContaining('no certificate') }] });
    await uninstallAnchor(anchor, mac.context);
    expect(mac.settings.user.size).toBe(0);
  });

  it('stays whole when the person refuses to take the root out', async () => {
    const mac = createMac({ answer: 'no' });
    mac.keychains[LOGIN]?.push(anchor.certPem);
    mac.settings.user.add(anchor.sha1Hex);
    expect(await uninstallAnchor(anchor, mac.context)).toMatchObject([{ state: 'failed' }]);
    expect(mac.keychains[LOGIN]).toContain(anchor.certPem);
    expect(mac.settings.user.size).toBe(1);
  });

  it('tells apart two roots of one subject', async () => {
    const [first, second] = ['a', 'b'].map((name) =>
      readFileSync(new URL(`./fixtures/same-subject-${name}.pem`, import.meta.url), 'utf8'),
    ) as [string, string];
    const mac = createMac();
    mac.machine.entries.set(anchor.certFile, anchorOf(first).certPem);
    mac.keychains[LOGIN]?.push(anchorOf(second).certPem);
    mac.settings.user.add(anchorOf(second).sha1Hex);
    expect(await inspectStores(anchorOf(first), mac.context)).toMatchObject([{ state: 'absent' }]);
    await installAnchor(anchorOf(first), mac.context);
    await uninstallAnchor(anchorOf(first), mac.context);
    expect(mac.keychains[LOGIN]).toEqual([other.certPem, anchorOf(second).certPem]);
    expect(mac.settings.user).toEqual(new Set([anchorOf(second).sha1Hex]));
  });

  it('has its old name before macOS 10.12', async () => {
    const mac = createMac();
    mac.machine.entries.delete(LOGIN);
    mac.machine.entries.set(`${HOME}/Library/Keychains/login.keychain`, 'kych');
    const [planned] = await planStores('install', anchor, mac.context);
    expect(planned?.places[0]?.id).toBe(`${HOME}/Library/Keychains/login.keychain`);
  });

  it('is cleared although the file of the root is gone', async () => {
    const mac = createMac({ withoutFile: true });
    mac.keychains[LOGIN]?.push(anchor.certPem);
    mac.settings.user.add(anchor.sha1Hex);
    await uninstallAnchor(anchor, mac.context);
    expect(mac.keychains[LOGIN]).toEqual([other.certPem]);
    expect(mac.settings.user.size).toBe(0);
  });
});

describe('a Mac whose screen nobody can see', () => {
  it.each([
    ['over SSH', { session: 'Background' }, 'mintmark install'],
    ['in a build', { env: { CI: 'true' } }, 'authorizationdb write com.apple.trust-settings.user allow'],
  ])('says what to type %s, and starts no dialog', async (_where, options, hint) => {
    const mac = createMac({ ...options, answer: 'nobody' });
    const [report] = await installAnchor(anchor, mac.context);
    expect(report).toMatchObject({ state: 'unavailable', places: [{ hint: expect.stringContaining(hint) }] });
    expect(verbsOf(mac)).not.toContain('add-trusted-cert');
  });

  it('takes the root all the same once its right was opened', async () => {
    const mac = createMac({ session: 'Background', env: { CI: 'true' }, isRightOpen: true });
    expect(await installAnchor(anchor, mac.context)).toMatchObject([{ state: 'trusted' }]);
  });

  it('tells the reason when the dialog fails in spite of a screen', async () => {
    const [report] = await installAnchor(anchor, createMac({ answer: 'nobody' }).context);
    expect(report).toMatchObject({
      state: 'failed',
      places: [{ detail: expect.stringContaining('no user interaction') }],
    });
  });
});

describe('the system keychain', () => {
  const trustByAdmin = (mac: Mac): void => {
    mac.keychains[SYSTEM]?.push(anchor.certPem);
    mac.settings.admin.add(anchor.sha1Hex);
  };

  it('is taken by root, in the domain of administrators', async () => {
    const mac = createMac({ uid: 0 });
    expect(await installAnchor(anchor, mac.context)).toMatchObject([{ state: 'trusted', places: [{ id: SYSTEM }] }]);
    expect(mac.settings.admin).toEqual(new Set([anchor.sha1Hex]));
    expect(mac.keychains[LOGIN]).toEqual([other.certPem]);
    expect(await uninstallAnchor(anchor, mac.context)).toMatchObject([{ state: 'absent' }]);
    expect(mac.keychains[SYSTEM]).toEqual([other.certPem]);
  });

  it('is enough for a user who did not put the root there', async () => {
    const mac = createMac();
    trustByAdmin(mac);
    expect(await installAnchor(anchor, mac.context)).toMatchObject([{ state: 'trusted', isChanged: false }]);
    expect(mac.dialogs).toEqual([]);
  });

  it('is cleared by a user with sudo, and the login keychain with it', async () => {
    const mac = createMac();
    trustByAdmin(mac);
    mac.keychains[LOGIN]?.push(anchor.certPem);
    mac.settings.user.add(anchor.sha1Hex);
    const [report] = await uninstallAnchor(anchor, mac.context);
    expect(report?.state).toBe('absent');
    expect(mac.keychains).toEqual({ [LOGIN]: [other.certPem], [SYSTEM]: [other.certPem] });
    expect([mac.settings.user.size, mac.settings.admin.size]).toEqual([0, 0]);
  });

  it('holding the root untrusted, does not stand in the way of the login keychain', async () => {
    const mac = createMac();
    mac.keychains[SYSTEM]?.push(anchor.certPem);
    expect(await installAnchor(anchor, mac.context)).toMatchObject([{ state: 'trusted' }]);
    expect(mac.machine.calls.some(({ command }) => command[0] === '/usr/bin/sudo')).toBe(false);
    expect(mac.settings.user.size).toBe(1);
    await uninstallAnchor(anchor, mac.context);
    expect(mac.keychains).toEqual({ [LOGIN]: [other.certPem], [SYSTEM]: [other.certPem] });
    expect(mac.settings.user.size).toBe(0);
  });

  it('is cleared together with settings that the user made for what lies there', async () => {
    const mac = createMac();
    mac.keychains[SYSTEM]?.push(anchor.certPem);
    mac.settings.user.add(anchor.sha1Hex);
    expect(await uninstallAnchor(anchor, mac.context)).toMatchObject([{ state: 'absent' }]);
    expect(mac.keychains[SYSTEM]).toEqual([other.certPem]);
    expect(mac.settings.user.size).toBe(0);
  });

  it('is all that root fills, half a root in a user’s own keychain or not', async () => {
    const mac = createMac({ uid: 0 });
    mac.keychains[LOGIN]?.push(anchor.certPem);
    expect((await installAnchor(anchor, mac.context))[0]?.state).toBe('trusted');
    expect([mac.settings.user.size, mac.settings.admin.size]).toEqual([0, 1]);
    expect(mac.dialogs).toEqual(['admin']);
  });
});

it('is out of reach without its program', async () => {
  const machine = createFakeMachine({ platform: 'darwin', uid: 501, userFolder: HOME });
  const [report] = await inspectStores(anchor, { machine, home: undefined, stores: new Set(['system']) });
  expect(report).toMatchObject({ state: 'unavailable', places: [{ detail: '/usr/bin/security cannot be run' }] });
});
