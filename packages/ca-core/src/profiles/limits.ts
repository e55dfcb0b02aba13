/** @module Lifetimes and sizes with their sources. Days of 86,400 seconds. */

/** Apple refuses longer server certificates, of private CAs too (support.apple.com/103769). */
export const LEAF_MAX_DAYS = 825;
/** One year and a month: what public CAs gave until 2026, and under Chrome's old limit of 398 for a default nobody notices. */
export const LEAF_DEFAULT_DAYS = 397;
/** A self-signed certificate is its own anchor; no client limits those. */
export const SELF_SIGNED_MAX_DAYS = 36_500;
export const CA_DEFAULT_DAYS = 3650;
export const CA_MAX_DAYS = 36_500;
/** WebTransport takes at most 14 days, the hour of backdating included (W3C WebTransport, custom certificate requirements). */
export const WEBTRANSPORT_DAYS = 13;
/** Clocks of phones and virtual machines run late; a certificate that begins an hour ago is valid for them too. */
export const BACKDATE_SECONDS = 3600;
/** 128 random bits; CA/B BR 7.1 asks for 64, RFC 5280 section 4.1.2.2 allows 160. */
export const SERIAL_BYTES = 16;
