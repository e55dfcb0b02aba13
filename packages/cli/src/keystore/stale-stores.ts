/** @module A word after `mint` and `self-signed` where a PKCS#12 file still holds the certificate that was there before. */
import { quoteWord } from '@mintmark/ca-core';
import { readLedger } from '@mintmark/ca-store';
import type { IssuedCertificate } from '../certificates/issued.ts';
import type { Context } from '../command.ts';
import { formatPath } from '../terminal/text.ts';
import { readKeystoreRecords } from './keystore-file.ts';
import { findKnownStores } from './known-stores.ts';

/** What to type, for `renew` makes such stores anew; empty where there are none. */
export function renderStaleStores({ certFile, pins }: IssuedCertificate, context: Context): string {
  const { io, talkStyle } = context;
  const home = context.home();
  const records = readKeystoreRecords(home).filter(({ certSha256Hex }) => certSha256Hex !== undefined);
  if (records.length === 0) return '';
  const former = readLedger(home).filter((entry) => entry.certFile === certFile);
  const digests = new Set(former.map(({ certSha256Hex }) => certSha256Hex));
  digests.delete(pins.certSha256Hex);
  const sign = talkStyle.yellow(talkStyle.signs.next);
  const spell = (path: string): string => quoteWord(formatPath(path, io.cwd));
  return findKnownStores(home, records, digests)
    .map(({ keystoreFile, passwordFile }) => {
      const secret = passwordFile === undefined ? ' --password-file FILE' : '';
      const command = `mintmark renew ${spell(certFile)}${secret}`;
      return `${sign} ${spell(keystoreFile)} still holds the old certificate: ${command}\n`;
    })
    .join('');
}
