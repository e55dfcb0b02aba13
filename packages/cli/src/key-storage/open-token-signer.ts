/** @module The signer of a CA whose key lies in a token: finds the token, logs in once, finds the key. */
import type { Bytes, Signer } from '@mintmark/ca-core';
import type { StoredCa } from '@mintmark/ca-store';
import type { Access } from '../command.ts';
import { findPrivateKey } from './token-key.ts';
import { parseTokenRecord, type TokenRecord } from './token-record.ts';
import { openToken, type OpenOptions, type OpenToken } from './token-session.ts';
import { createTokenSigner } from './token-signer.ts';

/** @throws CA_DAMAGED, TOKEN_* */
export async function openTokenSigner(ca: StoredCa, json: string, access: Access): Promise<Signer<Bytes>> {
  const record = parseTokenRecord(json, ca.name);
  const open = await openRecordedToken(record, access);
  const { session, token, pin } = open;
  const object = findPrivateKey(open, { id: record.keyId });
  return createTokenSigner({ session, token, caName: ca.name, object, subjectKey: ca.issuer.subjectKey, pin });
}

/** The token of a record: the very one, by its label, number and maker. */
export function openRecordedToken(record: TokenRecord, access: Access, options: OpenOptions = {}): Promise<OpenToken> {
  const { modulePath, token, serial, manufacturer } = record;
  return openToken({ modulePath, token, serial, manufacturer }, access, { pinSource: record.pinSource, ...options });
}
