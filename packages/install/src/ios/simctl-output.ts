/** @module What `xcrun simctl list -j devices` prints: devices by runtime. Written by another program, so read with care. */

/** A simulator that runs. */
export type Simulator = {
  readonly udid: string;
  /** `iPhone 15, iOS 17.4`. */
  readonly label: string;
  /** Where its files lie; undefined in the output of old versions. */
  readonly dataFolder: string | undefined;
};

const UDID = /^[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}$/i;

/** The simulators that are booted; none when the output is anything else than expected. Never throws. */
export function parseBootedSimulators(stdout: string): Simulator[] {
  const runtimes = fieldOf(parseJson(stdout), 'devices');
  if (typeof runtimes !== 'object' || runtimes === null) return [];
  return Object.entries(runtimes).flatMap(([runtime, devices]: [string, unknown]) =>
    Array.isArray(devices) ? devices.flatMap((device: unknown) => parseDevice(device, runtime)) : [],
  );
}

function parseDevice(device: unknown, runtime: string): Simulator[] {
  const [udid, name, dataFolder] = ['udid', 'name', 'dataPath'].map((key) => fieldOf(device, key));
  if (fieldOf(device, 'state') !== 'Booted' || typeof udid !== 'string' || !UDID.test(udid)) return [];
  const system = formatRuntime(runtime);
  const label = typeof name === 'string' ? `${name}, ${system}` : system;
  return [{ udid, label, dataFolder: typeof dataFolder === 'string' ? dataFolder : undefined }];
}

/** `com.apple.CoreSimulator.SimRuntime.iOS-17-4`, and plainly `iOS 12.1` before Xcode 10.2. */
function formatRuntime(runtime: string): string {
  const [, system, version] = /SimRuntime\.([A-Za-z]+)-([0-9-]+)$/.exec(runtime) ?? [];
  return system === undefined || version === undefined ? runtime : `${system} ${version.replaceAll('-', '.')}`;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const fieldOf = (value: unknown, key: string): unknown =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, key) ? Reflect.get(value, key) : undefined;
