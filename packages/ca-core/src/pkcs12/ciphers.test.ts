/** @module The pieces that node:crypto lacks, by the vectors of those who defined them. */
import { describe, expect, it } from 'vitest';
import { SHA1 } from './algorithms.ts';
import { derivePkcs12Key, PURPOSE } from './kdf.ts';
import { decryptRc2Cbc } from './rc2.ts';
import { decryptRc4 } from './rc4.ts';

const bytes = (hex: string): Uint8Array<ArrayBuffer> => Uint8Array.from(Buffer.from(hex, 'hex'));
const text = (value: string): Uint8Array<ArrayBuffer> => Uint8Array.from(Buffer.from(value, 'latin1'));

describe('RC2', () => {
  const PADDING = bytes('0808080808080808');

  // RFC 2268 section 5: effective bits, key, plaintext, ciphertext.
  it.each([
    [63, '0000000000000000', '0000000000000000', 'ebb773f993278eff'],
    [64, 'ffffffffffffffff', 'ffffffffffffffff', '278b27e42e2f0d49'],
    [64, '3000000000000000', '1000000000000001', '30649edf9be7d2c2'],
    [64, '88', '0000000000000000', '61a8a244adacccf0'],
    [64, '88bca90e90875a', '0000000000000000', '6ccf4308974c267f'],
    [64, '88bca90e90875a7f0f79c384627bafb2', '0000000000000000', '1a807d272bbe5db1'],
    [128, '88bca90e90875a7f0f79c384627bafb2', '0000000000000000', '2269552ab0f85ca6'],
    [129, '88bca90e90875a7f0f79c384627bafb216f80a6f85920584c42fceb0be255daf1e', '0000000000000000', '5b78d3a43dfff1f1'],
  ])('with %i bits decrypts a block under %s', (effectiveBits, key, plaintext, ciphertext) => {
    // An IV by which just this plaintext becomes a block of padding and nothing else.
    const iv = bytes(plaintext).map((byte, i) => byte ^ (PADDING[i] ?? 0));
    const open = (changed: Uint8Array): unknown =>
      decryptRc2Cbc(bytes(ciphertext), { key: bytes(key), iv: changed, effectiveBits });
    expect(open(iv)).toEqual(new Uint8Array());
    for (let i = 0; i < 8; i++)
      expect(open(iv.map((byte, at) => (at === i ? byte ^ 0x80 : byte))), `byte ${i}`).not.toEqual(new Uint8Array());
  });

  it('refuses half blocks, none, and padding that is wrong', () => {
    const secret = { key: bytes('88'), iv: bytes('0000000000000000'), effectiveBits: 64 };
    expect(decryptRc2Cbc(bytes(''), secret)).toBeUndefined();
    expect(decryptRc2Cbc(bytes('61a8a244adaccc'), secret)).toBeUndefined();
    expect(decryptRc2Cbc(bytes('61a8a244adacccf0'), secret)).toBeUndefined();
    const shortPadding = { ...secret, iv: bytes('4142434445460702') };
    expect(decryptRc2Cbc(bytes('61a8a244adacccf0'), shortPadding)).toBeUndefined();
    const goodPadding = { ...secret, iv: bytes('4142434445460202') };
    expect(decryptRc2Cbc(bytes('61a8a244adacccf0'), goodPadding)).toEqual(text('ABCDEF'));
  });
});

describe('RC4', () => {
  it.each([
    ['Key', 'Plaintext', 'bbf316e8d940af0ad3'],
    ['Wiki', 'pedia', '1021bf0420'],
    ['Secret', 'Attack at dawn', '45a01f645fc35b383552544b9bf5'],
  ])('under %s decrypts %s', (key, plaintext, ciphertext) => {
    expect(decryptRc4(bytes(ciphertext), text(key))).toEqual(text(plaintext));
  });
});

describe('the derivation of RFC 7292', () => {
  // "smeg" and "queeg" as BMPStrings: the vectors of OpenSSL's and Bouncy Castle's own tests.
  const SMEG = '0073006d006500670000';
  const QUEEG = '007100750065006500670000';
  it.each([
    [SMEG, '0a58cf64530d823f', 1, PURPOSE.key, '8aaae6297b6cb04642ab5b077851284eb7128f1a2a7fbca3'],
    [SMEG, '0a58cf64530d823f', 1, PURPOSE.iv, '79993dfe048d3b76'],
    [SMEG, '642b99ab44fb4b1f', 1, PURPOSE.key, 'f3a95fec48d7711e985cfe67908c5ab79fa3d7c5caa5d966'],
    [SMEG, '642b99ab44fb4b1f', 1, PURPOSE.iv, 'c0a38d64a79bea1d'],
    [SMEG, '3d83c0e4546ac140', 1, PURPOSE.mac, '8d967d88f6caa9d714800ab3d48051d63f73a312'],
    [QUEEG, '05dec959acff72f7', 1000, PURPOSE.key, 'ed2034e36328830ff09df1e1a07dd357185dac0d4f9eb3d4'],
    [QUEEG, '05dec959acff72f7', 1000, PURPOSE.iv, '11dedad7758d4860'],
    [QUEEG, '1682c0fc5b3f7ec5', 1000, PURPOSE.key, '483dd6e919d7de2e8e648ba8f862f3fbfbdc2bcb2c02957f'],
    [QUEEG, '1682c0fc5b3f7ec5', 1000, PURPOSE.iv, '9d461d1b00355c50'],
    [QUEEG, '263216fcc2fab31c', 1000, PURPOSE.mac, '5ec4c7a80df652294c3925b6489a7ab857c83476'],
  ])('of %s with salt %s in %i rounds for purpose %i is %s', (...row) => {
    const [password, salt, iterations, purpose, expected] = row;
    const keyBytes = expected.length / 2;
    const stretching = { salt: bytes(salt), iterations, purpose, keyBytes };
    expect(Buffer.from(derivePkcs12Key(SHA1, bytes(password), stretching)).toString('hex')).toBe(expected);
  });
});
