/** @module Text inside of XML, in ASCII alone, so that no reader can take it for another encoding. */

const NAMED: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
};

/** For elements and attributes. Characters that XML can't hold are the caller's business. */
export const escapeXml = (text: string): string =>
  text.replaceAll(/[&<>"']|[^ -~]/gu, (sign) => NAMED[sign] ?? `&#${sign.codePointAt(0) ?? 0};`);
