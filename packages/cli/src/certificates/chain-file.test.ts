/** @module What may stand in a certificate file that is written whole, and what would be lost with it. */
import { describe, expect, it } from 'vitest';
import { formatPem } from '@mintmark/ca-core';
import { createThrowAwayCa, createThrowAwayPair } from '../../../testkit/src/index.ts';
import { isChainAlone } from './chain-file.ts';

const ca = createThrowAwayCa();
const pemOf = ({ certDer }: { readonly certDer: Uint8Array }): string => formatPem('CERTIFICATE', certDer);
const leaf = pemOf(ca.issue(['a.test']));
const [issuer, root] = [pemOf(ca.known.issuer), pemOf(ca.known.root)];
const { keyPem, certPem } = createThrowAwayPair();

const judge = (text: string, isPair = false): boolean => isChainAlone(Buffer.from(text), isPair);

describe('a certificate file', () => {
  it.each([
    ['leaf and issuer', leaf + issuer],
    ['the leaf alone', leaf],
    ['a self-signed one', certPem],
    ['other line ends and blank lines', `\r\n${leaf.replaceAll('\n', '\r\n')}\n\n${issuer}`],
  ])('of %s may be written whole', (_what, text) => {
    expect(judge(text)).toBe(true);
    expect([judge(text + keyPem, true), judge(keyPem + text, true)]).toEqual([true, true]);
  });

  it.each([
    ['a key', leaf + issuer + keyPem],
    ['a sealed key', leaf + formatPem('ENCRYPTED PRIVATE KEY', Uint8Array.of(0x30, 0))],
    ['the root', leaf + issuer + root],
    ["a stranger's certificate", leaf + certPem],
    ['one behind the chain', leaf + issuer + certPem],
    ['the leaf twice', leaf + leaf],
    ['a note', `# the server of the shop\n${leaf}${issuer}`],
    ['parameters', leaf + formatPem('DH PARAMETERS', Uint8Array.of(0x30, 0))],
    ['a broken block', `${leaf}-----BEGIN CERTIFICATE-----\n`],
  ])('with %s holds more than its chain', (_what, text) => {
    expect(judge(text)).toBe(false);
  });

  it('of a pair holds one key', () => {
    expect(judge(leaf + issuer + keyPem + keyPem, true)).toBe(false);
    expect(judge(leaf + issuer + root + keyPem, true)).toBe(false);
  });
});
