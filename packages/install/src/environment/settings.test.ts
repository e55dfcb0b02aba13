/** @module CA files in the configuration of git, pip, cargo, AWS and gcloud. */
import { describe, expect, it } from 'vitest';
import { findCaFiles, parseCaFiles, settingFiles, type SettingOwner } from './settings.ts';

const places = { platform: 'linux', env: { HOME: '/home/u' }, userFolder: '/home/u' } as const;

describe('parseCaFiles', () => {
  it.each<[SettingOwner, string, string[]]>([
    ['git', '[user]\n\tname = x\n[http]\n\tsslCAInfo = /corp.pem ; why\n', ['/corp.pem']],
    ['git', '[http "https://corp"]\nSSLcainfo = "~/c \\"d\\".pem"\n', ['/home/u/c "d".pem']],
    ['git', '[https]\nsslCAInfo = /no.pem\n[other]\nsslCAInfo=/no.pem\n', []],
    ['pip', '[global]\ncert = /corp.pem\nindex-url = x\n[install]\ncert = /no.pem\n', ['/corp.pem']],
    ['cargo', "[http]\ncainfo = '/c\\d.pem'\nproxy = 'x'\n", ['/c\\d.pem']],
    ['cargo', '[http]\ncainfo = "relative.pem"\n', []],
    ['aws', '[default]\nca_bundle = /a.pem\n[profile b]\nca_bundle=/b.pem\n', ['/a.pem', '/b.pem']],
    ['npm', 'registry=x\ncafile=${HOME}/corp.pem\n[ignored]\ncafile=/no.pem\n', ['/home/u/corp.pem']],
    ['gcloud', '[core]\ncustom_ca_certs_file = /corp.pem\n', ['/corp.pem']],
  ])('of %s: %j', (owner, text, expected) => {
    expect(parseCaFiles(text, owner, places)).toEqual(expected);
  });
});

describe('settingFiles', () => {
  it('follows the variables by which users move their configuration', () => {
    const moved = (env: Record<string, string>, owner: SettingOwner) => settingFiles(owner, { ...places, env });
    expect(moved({}, 'git')).toEqual(['/etc/gitconfig', '/home/u/.config/git/config', '/home/u/.gitconfig']);
    expect(moved({ GIT_CONFIG_GLOBAL: '/g' }, 'git')).toEqual(['/etc/gitconfig', '/g']);
    expect(moved({ XDG_CONFIG_HOME: '/x' }, 'pip')).toContain('/x/pip/pip.conf');
    expect(moved({ CARGO_HOME: '/c' }, 'cargo')).toEqual(['/c/config', '/c/config.toml']);
    expect(moved({ AWS_CONFIG_FILE: '/a' }, 'aws')).toEqual(['/a']);
  });

  it('takes Windows folders on Windows', () => {
    const env = { APPDATA: 'C:\\Users\\u\\AppData\\Roaming' };
    expect(settingFiles('pip', { platform: 'win32', env, userFolder: 'C:\\Users\\u' })).toContain(
      'C:\\Users\\u\\AppData\\Roaming\\pip\\pip.ini',
    );
  });
});

describe('findCaFiles', () => {
  const files: Record<string, string> = {
    '/home/u/.npmrc': 'cafile=/own.pem\n',
    '/opt/node/etc/npmrc': 'cafile=/global.pem\n',
  };
  const env = { PATH: '/usr/sbin:/opt/node/bin:bin' };
  const npm = (except: string) =>
    findCaFiles('npm', { ...places, env }, (path) => (path === except ? undefined : files[path]));

  it("takes npm's user before its prefix", () => {
    expect(npm('')).toEqual(['/own.pem']);
    expect(npm('/home/u/.npmrc')).toEqual(['/global.pem']);
  });
});
