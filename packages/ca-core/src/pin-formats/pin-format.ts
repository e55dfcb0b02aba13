/**
 * @module What a row of the table of clients is: which digest a client compares, how it spells it, the ready text it takes, and
 * what it can't be pinned by. No spelling is portable: curl refuses hex, PHP refuses colons, Firefox refuses lower case.
 */
import { formatBase64, formatHex, type Bytes } from '../der/bytes.ts';
import { formatColonHex, type Pins } from '../pins/pins.ts';

/** `leaf`: what a server shows as its own; `ca`: what signs others; `key`: a key or request without a certificate. */
export type PinRole = 'leaf' | 'ca' | 'key';

/** What a pin is of, as far as clients care. */
export type PinSubject = {
  /** What it can serve as, likeliest first: a self-signed certificate of `openssl req -x509` may be a server's and a CA's. */
  readonly roles: readonly PinRole[];
  readonly pins: Pins;
  readonly spkiDer: Bytes;
  readonly certificate?: PinnedCertificate;
  /** The digest of the spare key that will follow this one. */
  readonly backupSpkiSha256?: Bytes;
  /** SHA3-256 of the bytes of the file itself, for who hashes files. */
  readonly fileSha3?: Bytes;
  readonly server: PinServer;
  /** When this is asked: some clients refuse what is expired. */
  readonly now: Date;
};

export type PinnedCertificate = {
  readonly certDer: Bytes;
  readonly notBefore: Date;
  readonly notAfter: Date;
  /** As `inspect` says it: `ECDSA P-256`, `RSA 2048`. */
  readonly keyLabel: string;
  /** Signed by its own key: a client that is given it as its anchor needs nothing else. */
  readonly isSelfSigned: boolean;
  /** Key usage is absent or allows handshake signatures. */
  readonly isForSignatures: boolean;
};

/** Where a ready text connects. `host` is a checked DNS name or IP address: nothing else may reach a program's text. */
export type PinServer = {
  readonly host: string;
  readonly port: number;
  /** Nobody named a host: `localhost` stands in. */
  readonly isGuess?: true;
};

/** Why a client can't be pinned by this, and what to type or mint instead. */
export type Unsuitable = { readonly reason: string; readonly instead: string };

export type PinFormat = {
  /** Client and setting: `curl --pinnedpubkey`. */
  readonly title: string;
  /** How the overview names it; absent for clients that it leaves to --list-formats. */
  readonly overview?: string;
  /** Which digest the client compares; `file` is the digest of the file as it lies on disk. */
  readonly object: 'certificate' | 'public-key' | 'file';
  /** Where the format makes sense; default: everywhere. */
  readonly roles?: readonly PinRole[];
  /** What else the client asks for. */
  readonly findUnsuitable?: (subject: PinSubject, name: string) => Unsuitable | undefined;
  /** The digest in the client's spelling: one line, for command substitution. */
  readonly value: (subject: PinSubject) => string;
  /** Where a value is not enough: the whole file or program, ending in a line feed, and a name for it. */
  readonly snippet?: {
    readonly fileName: string;
    readonly text: (subject: PinSubject) => string;
    /** The texts of several servers may stand in one file. */
    readonly isJoinable?: true;
    /** It pins one host name, and every other goes unpinned: the name must be known. */
    readonly isByHost?: true;
  };
  /** For clients that compare a CA: the file of ours that servers send, or that is trusted; default the root. */
  readonly caFile?: 'issuer.pem';
  /** What whoever uses it must know; said beside the output. */
  readonly caution?: string;
};

/** The digest of the certificate; rows that compare certificates are asked only where there is one. */
export function certSha256({ pins }: PinSubject): Bytes {
  if (pins.certSha256 === undefined) throw new TypeError('a certificate format for a key alone');
  return pins.certSha256;
}

/** The certificate; see `certSha256`. */
export function certificateOf({ certificate }: PinSubject): PinnedCertificate {
  if (certificate === undefined) throw new TypeError('a certificate format for a key alone');
  return certificate;
}

/** The digest of the key, then that of its successor where one is known. */
export function spkiPins({ pins, backupSpkiSha256 }: PinSubject): readonly Bytes[] {
  return backupSpkiSha256 === undefined ? [pins.spkiSha256] : [pins.spkiSha256, backupSpkiSha256];
}

export const sha256SlashSlash = (digest: Bytes): string => `sha256//${formatBase64(digest)}`;
export const sha256Slash = (digest: Bytes): string => `sha256/${formatBase64(digest)}`;
export const pinSha256 = (digest: Bytes): string => `pin-sha256:${formatBase64(digest)}`;

/** Values that are the digest of the certificate alone. */
export const certHex = (subject: PinSubject): string => formatHex(certSha256(subject));
export const certColonHex = (subject: PinSubject): string => formatColonHex(certSha256(subject));
export const certBase64 = (subject: PinSubject): string => formatBase64(certSha256(subject));
/** Values that are the digest of the current key alone. */
export const spkiHex = ({ pins }: PinSubject): string => formatHex(pins.spkiSha256);
export const spkiBase64 = ({ pins }: PinSubject): string => formatBase64(pins.spkiSha256);

/** `localhost:8443`, `[::1]:8443`. */
export function formatAuthority({ host, port }: PinServer): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}
