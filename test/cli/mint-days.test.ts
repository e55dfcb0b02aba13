/**
 * @module How long certificates last: the default, --days and its limits, and never past the issuer.
 */
import { expect, it } from 'vitest';
import { deskMaker } from './desk.ts';
import { daysOf, readLeaf } from './minted-facts.ts';

const desk = deskMaker('mint-days')();

it('a certificate lasts 397 days, or as many as --days says, of which the first hour is past', async () => {
  await desk.json(['a.test']);
  await desk.json(['b.test', '--days', '7']);
  await desk.json(['c.test', '--days', '825']);
  expect(['a', 'b', 'c'].map((name) => daysOf(readLeaf(desk.path(`${name}.test.pem`))))).toEqual([397, 7, 825]);
});

it('refuses days that clients would refuse, as wrong usage', async () => {
  for (const days of ['0', '826', '5000', '999999'])
    expect(await desk.refusal(['d.test', '--days', days]), days).toMatchObject({
      exitCode: 2,
      code: 'VALIDITY_DAYS_RANGE',
    });
  expect(desk.has('d.test.pem')).toBe(false);
});

it('never lasts longer than its issuer', async () => {
  const { notAfter } = await desk.json(['ca', 'create', 'brief', '--scope', 'brief.com', '--days', '30']);
  const minted = await desk.json(['mint', 'brief.com', '--days', '90']);
  expect(minted).toMatchObject({ ca: 'brief', notAfter });
  await desk.json(['csr', 'www.brief.com']);
  expect(await desk.json(['sign', 'www.brief.com.csr'])).toMatchObject({ ca: 'brief', notAfter });
  expect(new Date(readLeaf(desk.path('www.brief.com.pem')).validTo).toISOString()).toBe(notAfter);
});

it('a self-signed one may last ten years, and 13 days for WebTransport', async () => {
  await desk.json(['self-signed', 'long.test', '--days', '3650']);
  expect(daysOf(readLeaf(desk.path('long.test.pem')))).toBe(3650);
  await desk.json(['self-signed', 'wt.test', '--webtransport']);
  expect(daysOf(readLeaf(desk.path('wt.test.pem')))).toBe(13);
  expect(readLeaf(desk.path('wt.test.pem')).publicKey.asymmetricKeyDetails?.namedCurve).toBe('prime256v1');
});
