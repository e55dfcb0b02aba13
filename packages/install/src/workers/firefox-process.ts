/** @module A headless Firefox of our own on a profile of our own, which never outlives the worker. */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { connectMarionette, type MarionetteConnection } from './marionette-connection.ts';
import { WorkerFailure } from './task.ts';

/** A Firefox that was started. */
export type FirefoxProcess = {
  /** Waits until it listens, and connects. @throws WorkerFailure when it ends before that */
  readonly connect: () => Promise<MarionetteConnection>;
  /** Resolves when it has ended. */
  readonly ended: Promise<void>;
  /** Ends it and all it started, at once. */
  readonly kill: () => void;
};

/** Preferences of the run: nothing goes over the network, nothing is asked, Marionette takes a free port and changes nothing else. */
export const QUIET_PREFERENCES: Readonly<Record<string, unknown>> = {
  'marionette.port': 0,
  'remote.prefs.recommended': false,
  'network.proxy.type': 1,
  'network.proxy.http': '127.0.0.1',
  'network.proxy.http_port': 9, // discard (RFC 863): nothing listens there
  'network.proxy.ssl': '127.0.0.1',
  'network.proxy.ssl_port': 9,
  'network.captive-portal-service.enabled': false,
  'network.connectivity-service.enabled': false,
  'app.update.enabled': false,
  'app.normandy.enabled': false,
  'browser.shell.checkDefaultBrowser': false,
  'browser.safebrowsing.malware.enabled': false,
  'browser.safebrowsing.phishing.enabled': false,
  'browser.startup.page': 0,
  'browser.startup.homepage_override.mstone': 'ignore',
  'datareporting.policy.dataSubmissionEnabled': false,
  'toolkit.telemetry.enabled': false,
};

const FLAGS = ['--headless', '--no-remote', '--marionette', '--remote-allow-system-access'];
/** On Windows firefox.exe starts another and ends. */
const PLATFORM_FLAGS = process.platform === 'win32' ? ['--wait-for-browser'] : [];

/** Starts Firefox on a folder that holds a profile. */
export function startFirefox(program: string, profileFolder: string): FirefoxProcess {
  const child = spawn(program, [...FLAGS, ...PLATFORM_FLAGS, '--profile', profileFolder], {
    detached: process.platform !== 'win32', // a group of its own, to be ended as one
    env: {
      ...process.env,
      MOZ_CRASHREPORTER_DISABLE: '1',
      // What Firefox makes beside its profile.
      HOME: profileFolder,
      XDG_CONFIG_HOME: profileFolder,
      XDG_CACHE_HOME: profileFolder,
    },
    stdio: 'ignore',
    windowsHide: true,
  });
  let fault: string | undefined;
  const ended = new Promise<void>((resolve) => {
    child.once('error', (cause) => resolve(void (fault = `${program} cannot be started: ${cause.message}`)));
    child.once('exit', (exitCode) => resolve(void (fault = `Firefox ended at once (${String(exitCode)})`)));
  });
  const connect = async (): Promise<MarionetteConnection> => {
    for (;;) {
      if (fault !== undefined) throw new WorkerFailure(fault);
      const port = readPort(profileFolder);
      const connection = port === undefined ? undefined : await connectMarionette(port).catch(() => undefined);
      if (connection !== undefined) return connection;
      await sleep(POLL_MS);
    }
  };
  return { connect, ended, kill: () => killAll(child) };
}

const POLL_MS = 50;

/** Firefox writes the port when it listens. */
function readPort(profileFolder: string): number | undefined {
  try {
    const port = Number(readFileSync(join(profileFolder, 'MarionetteActivePort'), 'latin1'));
    return Number.isInteger(port) && port > 0 ? port : undefined;
  } catch {
    return undefined; // not yet
  }
}

function killAll(child: ChildProcess): void {
  const { pid } = child;
  if (pid === undefined) return;
  if (process.platform === 'win32') {
    spawnSync('taskkill', ['/pid', String(pid), '/t', '/f'], { stdio: 'ignore', windowsHide: true });
    return;
  }
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // Ended already.
  }
}
