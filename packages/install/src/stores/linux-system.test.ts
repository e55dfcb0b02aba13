/** @module The system stores of Linux families: put in, taken out with every link, by digest and not by name. */
import {
  createFakeInstallContext,
  createFakeMachine,
  createThrowAwayAnchor,
  type FakeProgram,
} from '../../../testkit/src/index.ts';
import { describe, expect, it } from 'vitest';
import type { InstallContext } from '../change-place.ts';
import { installAnchor, planStores, uninstallAnchor } from '../install.ts';
import { LINUX_FAMILIES, type LinuxFamily } from '../facts/linux-families.ts';
import type { FakeMachine } from '../../../testkit/src/index.ts';

const anchor = createThrowAwayAnchor();
const other = createThrowAwayAnchor();

/** Does what every family's command does: gathers the anchors into the bundle, and makes Debian's links. */
const updateStore =
  (family: LinuxFamily): FakeProgram =>
  (_call, { entries, text }) => {
    const anchors = [...entries.keys()].filter((path) => path.startsWith(`${family.anchorFolder}/`));
    entries.set(family.bundles[0] ?? '', anchors.map((path) => text(path)).join(''));
    if (family.linkFolder === undefined) return;
    for (const path of anchors) {
      const name = path.slice(family.anchorFolder.length + 1).replace(/\.crt$/, '.pem');
      entries.set(`${family.linkFolder}/${name}`, { link: path });
      entries.set(`${family.linkFolder}/0a1b2c3d.0`, { link: name });
    }
  };

function machineOf(family: LinuxFamily): FakeMachine {
  return createFakeMachine({
    entries: {
      [`${family.anchorFolder}/other${family.extension}`]: other.certPem,
      [family.bundles[0] ?? '']: other.certPem,
      ...(family.marker === undefined ? {} : { [family.marker]: '3.20' }),
      ...(family.javaHook === undefined ? {} : { [family.javaHook]: '#!/bin/sh' }),
    },
    programs: {
      [`/usr/sbin/${family.command[0]}`]: updateStore(family),
      ...(family.javaHook === undefined ? {} : { [family.javaHook]: () => {} }),
    },
  });
}

const contextOf = (machine: FakeMachine): InstallContext => createFakeInstallContext(machine, 'system');

describe.each(LINUX_FAMILIES.map((family) => [family.id, family] as const))('the system store of %s', (_id, family) => {
  it('takes the root in and gives it back, leaving what was there', async () => {
    const machine = machineOf(family);
    await machine.writer.run({ command: [`/usr/sbin/${family.command[0]}`] });
    const before = new Map(machine.entries);
    const [installed] = await installAnchor(anchor, contextOf(machine));
    expect(installed).toMatchObject({ id: 'system', name: family.name, state: 'trusted', isChanged: true });
    expect(machine.text(family.bundles[0] ?? '')).toContain(anchor.certPem);
    const callsBefore = machine.calls.length;
    const [again] = await installAnchor(anchor, contextOf(machine));
    expect(again).toMatchObject({ state: 'trusted', isChanged: false });
    expect(machine.calls.length).toBe(callsBefore);
    const [removed] = await uninstallAnchor(anchor, contextOf(machine));
    expect(removed).toMatchObject({ state: 'absent' });
    expect(new Map(machine.entries)).toEqual(before);
  });

  it('plans as commands what it would do, and does nothing', async () => {
    const machine = machineOf(family);
    const before = new Map(machine.entries);
    const [planned] = await planStores('install', anchor, contextOf(machine));
    expect(planned?.places[0]?.commands?.[0]).toBe(
      `install -m 644 /home/u/root.pem ${family.anchorFolder}/${anchor.fileStem}${family.extension}`,
    );
    expect(new Map(machine.entries)).toEqual(before);
    expect(machine.calls).toEqual([]);
  });
});

describe('a file that holds the root and others', () => {
  it('is left to the person who made it', async () => {
    const [debian] = LINUX_FAMILIES.filter(({ id }) => id === 'debian');
    if (debian === undefined) throw new Error('the table has no Debian');
    const machine = machineOf(debian);
    const path = `${debian.anchorFolder}/all.crt`;
    machine.entries.set(path, other.certPem + anchor.certPem);
    machine.entries.set(debian.bundles[0] ?? '', other.certPem + anchor.certPem);
    const [report] = await uninstallAnchor(anchor, contextOf(machine));
    expect(report).toMatchObject({ state: 'trusted', places: [{ hint: `take ours out of ${path} by hand` }] });
    expect(machine.calls).toEqual([]);
    expect((await installAnchor(anchor, contextOf(machine)))[0]).toMatchObject({ state: 'trusted', isChanged: false });
  });
});

describe('the links of Debian', () => {
  const [debian] = LINUX_FAMILIES.filter(({ id }) => id === 'debian');
  it.each([
    ['0a1b2c3d.1', '--fresh'],
    ['ffffffff.0', undefined],
  ])('are all made anew only where another certificate shares the hash (%s)', async (sibling, option) => {
    if (debian === undefined) throw new Error('the table has no Debian');
    const machine = machineOf(debian);
    machine.entries.set(`/etc/ssl/certs/${sibling}`, { link: 'Other_Root.pem' });
    await installAnchor(anchor, contextOf(machine));
    await uninstallAnchor(anchor, contextOf(machine));
    const update = machine.calls.findLast(({ command }) => command[0] === '/usr/sbin/update-ca-certificates');
    expect(update?.command.slice(1)).toEqual(option === undefined ? [] : [option]);
  });
});
