/**
 * @module Puts a root into a Firefox profile and takes it out, by Firefox itself: for where neither certutil nor its NSS can be
 * called. The user's own profile is never started; its certificate databases are lent to another for the run.
 */
import { borrowProfile, type BorrowedProfile } from './borrowed-profile.ts';
import { assertScriptDone, CERTIFICATE_SCRIPT } from './certificate-script.ts';
import { QUIET_PREFERENCES, startFirefox, type FirefoxProcess } from './firefox-process.ts';
import { certificateOf, formatFault, textOf, WorkerFailure, wordOf, type TaskFields } from './task.ts';

const LIMIT_MS = 60_000;

/** Carries out a task of the marionette worker. @throws WorkerFailure */
export async function runMarionetteTask(task: TaskFields): Promise<void> {
  const action = wordOf(task, 'action', ['add', 'remove']);
  const { certDer, sha256Hex } = certificateOf(task);
  const program = textOf(task, 'firefoxProgram');
  const secret = typeof task['secret'] === 'string' ? task['secret'] : null;
  const profile = borrowProfile(textOf(task, 'profileFolder'), QUIET_PREFERENCES);
  const firefox = startFirefox(program, profile.folder);
  const stopWatching = cleanUpOnSignals(firefox, profile);
  try {
    await withinLimit(firefox, () => work(firefox, [action, certDer.toString('base64'), sha256Hex, secret]));
    profile.giveBack();
  } finally {
    firefox.kill();
    await firefox.ended;
    profile.discard();
    stopWatching();
  }
}

/** Runs the script in Firefox and has it quit, so that its databases are closed. */
async function work(firefox: FirefoxProcess, args: readonly unknown[]): Promise<void> {
  const connection = await firefox.connect();
  try {
    await connection.send('WebDriver:NewSession', { capabilities: {} });
    await connection.send('Marionette:SetContext', { value: 'chrome' });
    assertScriptDone(await connection.send('WebDriver:ExecuteScript', { script: CERTIFICATE_SCRIPT, args }));
    await connection.send('Marionette:Quit', { flags: ['eForceQuit'] });
    await firefox.ended;
  } catch (fault) {
    throw fault instanceof WorkerFailure ? fault : new WorkerFailure(`Firefox refuses: ${formatFault(fault)}`);
  } finally {
    connection.close();
  }
}

async function withinLimit(firefox: FirefoxProcess, work: () => Promise<void>): Promise<void> {
  let isLate = false;
  const timer = setTimeout(() => {
    isLate = true;
    firefox.kill();
  }, LIMIT_MS);
  try {
    await work();
  } catch (fault) {
    throw isLate ? new WorkerFailure(`Firefox did not answer within ${LIMIT_MS / 1000} seconds`) : fault;
  } finally {
    clearTimeout(timer);
  }
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Ctrl-C reaches this process and not Firefox, which has a group of its own. */
function cleanUpOnSignals(firefox: FirefoxProcess, profile: BorrowedProfile): () => void {
  const stop = (signal: NodeJS.Signals): void => {
    firefox.kill();
    profile.discard();
    stopWatching();
    process.kill(process.pid, signal);
  };
  const stopWatching = (): void => {
    for (const signal of SIGNALS) process.off(signal, stop);
  };
  for (const signal of SIGNALS) process.on(signal, stop);
  return stopWatching;
}
