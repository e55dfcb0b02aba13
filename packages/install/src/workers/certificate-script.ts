/**
 * @module What is run inside Firefox, with its own rights: nsIX509CertDB puts the root in and takes it out, and says what it
 * finds afterwards. The text is Firefox's JavaScript, not ours.
 * @see https://searchfox.org/mozilla-central/source/security/manager/ssl/nsIX509CertDB.idl
 */
import { WORKER_EXIT, WorkerFailure } from './task.ts';

/**
 * Arguments: action, certificate (Base64 of DER), SHA-256 in lower-case hex, primary password or null. Firefox asks for the
 * password by its prompt, which nobody would see: the prompt is replaced by one that answers once.
 */
export const CERTIFICATE_SCRIPT = `
const [action, certBase64, sha256Hex, secret] = arguments;
const { classes, interfaces, manager } = Components;
const database = classes['@mozilla.org/security/x509certdb;1'].getService(interfaces.nsIX509CertDB);
const matches = () =>
  database.getCerts().filter((cert) => cert.sha256Fingerprint.replaceAll(':', '').toLowerCase() === sha256Hex);

let questions = 0;
const prompt = {
  QueryInterface: ChromeUtils.generateQI(['nsIPrompt']),
  promptPassword: (_title, _text, password) => {
    questions += 1;
    if (secret === null || questions > 1) return false;
    password.value = secret;
    return true;
  },
};
const factory = {
  QueryInterface: ChromeUtils.generateQI(['nsIFactory', 'nsIPromptFactory']),
  createInstance: (iid) => factory.QueryInterface(iid),
  getPrompt: () => prompt,
};
manager
  .QueryInterface(interfaces.nsIComponentRegistrar)
  .registerFactory(Components.ID('{6c611d80-3d4e-4a71-9a6c-0a2d3c1f7b55}'), '', '@mozilla.org/prompter;1', factory);

const openToken = () => {
  const made = classes['@mozilla.org/security/internalkeytoken;1'];
  if (made !== undefined) return made.createInstance(interfaces.nsIPKCS11Token);
  // Firefox of 2025 and before.
  return classes['@mozilla.org/security/pk11tokendb;1'].getService(interfaces.nsIPK11TokenDB).getInternalKeyToken();
};
const token = openToken();
const isLoggedIn = () => (typeof token.isLoggedIn === 'function' ? token.isLoggedIn() : token.isLoggedIn);
const logIn = () => {
  try {
    token.login(false);
  } catch {}
  return isLoggedIn();
};

if (action === 'remove' && matches().length === 0) return 'done';
if (token.hasPassword && !isLoggedIn() && !logIn()) return secret === null ? 'needs-secret' : 'wrong-secret';
if (action === 'remove') {
  for (const cert of matches()) database.deleteCertificate(cert);
  return matches().length === 0 ? 'done' : 'still-there';
}
database.addCertFromBase64(certBase64, 'C,,');
const isTrusted = (cert) =>
  database.isCertTrusted(cert, interfaces.nsIX509Cert.CA_CERT, interfaces.nsIX509CertDB.TRUSTED_SSL);
return matches().some(isTrusted) ? 'done' : 'not-trusted';
`;

const FAULTS: Readonly<Record<string, readonly [message: string, exitCode: number]>> = {
  'needs-secret': ['the Firefox profile needs its primary password', WORKER_EXIT.needsSecret],
  'wrong-secret': ['the primary password of the Firefox profile is another', WORKER_EXIT.needsSecret],
  'still-there': ['Firefox still holds the certificate after removing it', WORKER_EXIT.failed],
  'not-trusted': ['Firefox took the certificate and does not trust it', WORKER_EXIT.failed],
};

/** Judges what the script returned (`{ value: WORD }`). @throws WorkerFailure unless it is done */
export function assertScriptDone(result: unknown): void {
  const value =
    typeof result === 'object' && result !== null ? (result as Readonly<Record<string, unknown>>)['value'] : undefined;
  if (value === 'done') return;
  const fault = typeof value === 'string' && Object.hasOwn(FAULTS, value) ? FAULTS[value] : undefined;
  const [message, exitCode] = fault ?? ['Firefox gave an unknown answer', WORKER_EXIT.failed];
  throw new WorkerFailure(message, exitCode);
}
