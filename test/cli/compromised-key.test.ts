/** @module A key that others have is certified no more: neither by renewing nor by minting the same names again. */
import { expect, it } from 'vitest';
import { deskMaker } from './desk.ts';
import { isPair } from './minted-facts.ts';

const newDesk = deskMaker('compromised');

it('renew asks for another key', async () => {
  const desk = newDesk();
  await desk.json(['mint', 'a.test']);
  const before = desk.read('a.test-key.pem');
  await desk.json(['revoke', 'a.test.pem', '--reason', 'keyCompromise']);
  const refusal = await desk.refusal(['renew', 'a.test.pem']);
  expect(refusal).toMatchObject({ exitCode: 1, code: 'RENEW_IMPOSSIBLE' });
  expect(refusal.hint).toContain('--new-key');
  expect(desk.read('a.test-key.pem')).toBe(before);
  await desk.json(['renew', 'a.test.pem', '--new-key']);
  expect(desk.read('a.test-key.pem')).not.toBe(before);
  expect(isPair(desk.path('a.test.pem'), desk.path('a.test-key.pem'))).toBe(true);
});

it('mint makes another one for the same names', async () => {
  const desk = newDesk();
  await desk.json(['mint', 'a.test']);
  const before = desk.read('a.test-key.pem');
  await desk.json(['revoke', 'a.test.pem', '--reason', 'keyCompromise']);
  expect(await desk.json(['mint', 'a.test'])).toMatchObject({ isKeyKept: false });
  expect(desk.read('a.test-key.pem')).not.toBe(before);
});

it('keeps the key where the certificate was revoked for another reason', async () => {
  const desk = newDesk();
  await desk.json(['mint', 'a.test']);
  await desk.json(['revoke', 'a.test.pem', '--reason', 'superseded']);
  expect(await desk.json(['renew', 'a.test.pem'])).toMatchObject({ renewed: [{ isKeyKept: true }] });
});

it('is known as such where the certificate had been revoked for another reason before', async () => {
  const desk = newDesk();
  await desk.json(['mint', 'a.test']);
  await desk.json(['revoke', 'a.test.pem', '--reason', 'superseded']);
  const revoked = { revoked: [{ reason: 'superseded', isNew: false }] };
  expect(await desk.json(['revoke', 'a.test.pem', '--reason', 'keyCompromise'])).toMatchObject(revoked);
  expect(await desk.refusal(['renew', 'a.test.pem'])).toMatchObject({ code: 'RENEW_IMPOSSIBLE' });
});
