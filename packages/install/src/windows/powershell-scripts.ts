/**
 * @module What Windows PowerShell is told to do: fixed text with single quotes alone. Everything that changes comes by environment
 * variables, so that nothing is ever pasted into code. Only .NET is used: modules may be missing or another edition's.
 */

/** Environment variables of the scripts: base64 of the DER, hex of the SHA-256, `CurrentUser` or `LocalMachine`. */
export const SCRIPT_VARIABLES = {
  certDer: 'MINTMARK_CERT_DER',
  sha256: 'MINTMARK_CERT_SHA256',
  location: 'MINTMARK_STORE_LOCATION',
} as const;

/** The person said no: ERROR_CANCELLED of winerror.h, as HRESULT 0x800704C7, made an exit code that every caller sees whole. */
export const SCRIPT_DECLINED_EXIT = 4;

const X509 = 'System.Security.Cryptography.X509Certificates';

/** One line: a line break in an argument has to pass two systems' rules of quoting on its way from WSL. */
const script = (work: readonly string[]): string =>
  [
    `$ErrorActionPreference = 'Stop'; try {`,
    [
      `$store = New-Object ${X509}.X509Store 'Root', $env:${SCRIPT_VARIABLES.location}`,
      `$store.Open('ReadWrite')`,
      ...work,
      '$store.Close()',
    ].join('; '),
    '} catch {',
    [
      '$fault = $_.Exception.GetBaseException()',
      '[Console]::Error.WriteLine($fault.Message)',
      `if ($fault.HResult -eq -2147023673) { exit ${SCRIPT_DECLINED_EXIT} }`,
      'exit 1',
    ].join('; '),
    '}',
  ].join(' ');

/** Adds the certificate. */
export const ADD_ROOT_SCRIPT = script([
  `$cert = New-Object ${X509}.X509Certificate2 -ArgumentList (, [Convert]::FromBase64String($env:${SCRIPT_VARIABLES.certDer}))`,
  '$store.Add($cert)',
]);

/** Takes out every certificate with the SHA-256. The store of a user also shows the machine's, which may refuse to go. */
export const REMOVE_ROOT_SCRIPT = script([
  '$sha = [System.Security.Cryptography.SHA256]::Create()',
  '$fault = $null',
  [
    'foreach ($cert in @($store.Certificates)) {',
    `$hex = [BitConverter]::ToString($sha.ComputeHash($cert.RawData)).Replace('-', '');`,
    `if ($hex -eq $env:${SCRIPT_VARIABLES.sha256}) { try { $store.Remove($cert) } catch { $fault = $_.Exception } }`,
    '}',
  ].join(' '),
  'if ($fault) { throw $fault }',
]);
