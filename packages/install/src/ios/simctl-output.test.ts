/** @module Lists of simulators as several versions of Xcode print them, and what is none. */
import { describe, expect, it } from 'vitest';
import { parseBootedSimulators } from './simctl-output.ts';

const UDID = '2A6E5A1C-8D0B-4D6E-9B40-6C0C5D0C8A11';
const listOf = (runtime: string, device: object): string => JSON.stringify({ devices: { [runtime]: [device] } });

describe('a list of simulators', () => {
  it('gives those that are booted, with the system they run', () => {
    const booted = { udid: UDID, name: 'iPhone 15', state: 'Booted', isAvailable: true, dataPath: '/d/data' };
    const off = { udid: UDID.replace('2A', '3B'), name: 'iPad', state: 'Shutdown' };
    const devices = {
      'com.apple.CoreSimulator.SimRuntime.iOS-17-4': [off, booted],
      'com.apple.CoreSimulator.SimRuntime.watchOS-10-2': [],
    };
    expect(parseBootedSimulators(JSON.stringify({ devices }))).toEqual([
      { udid: UDID, label: 'iPhone 15, iOS 17.4', dataFolder: '/d/data' },
    ]);
  });

  it('is read as Xcode before 10.2 printed it', () => {
    expect(
      parseBootedSimulators(
        listOf('iOS 12.1', { udid: UDID, name: 'iPhone X', state: 'Booted', availability: '(available)' }),
      ),
    ).toEqual([{ udid: UDID, label: 'iPhone X, iOS 12.1', dataFolder: undefined }]);
  });

  it('gives none for an identifier that is no UDID, and for anything else', () => {
    expect(parseBootedSimulators(listOf('iOS 17', { udid: '../../x', name: 'x', state: 'Booted' }))).toEqual([]);
    for (const text of [
      '',
      'xcrun: error: unable to find utility "simctl"',
      '[]',
      '{"devices":[1]}',
      '{"devices":{"a":1}}',
    ])
      expect(parseBootedSimulators(text)).toEqual([]);
  });
});
