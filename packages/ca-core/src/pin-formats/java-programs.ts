/** @module The Java programs: one that knows a server by its key alone, and OkHttp's, whose pins come on top of trust. */
import { formatBase64 } from '../der/bytes.ts';
import { formatPem } from '../pem/pem.ts';
import { formatAuthority, sha256Slash, spkiPins, type PinSubject } from './pin-format.ts';

/** For Java 11 and later, also as a single file: `java Pinned.java`. */
export function formatJavaProgram(subject: PinSubject): string {
  const pins = spkiPins(subject).map((digest) => `      "${formatBase64(digest)}"`);
  return String.raw`// Knows the server by the SHA-256 of its public key and by nothing else: CA, name and dates are not looked at.
// Sessions are resumed without asking the trust manager: keep this SSLContext, and its sessions, to this server.
// To have CA, name and dates checked as well, call the default X509ExtendedTrustManager's method before the pin.
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.Base64;
import java.util.Set;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedTrustManager;

public class Pinned {
  static final Set<String> PINS = Set.of(
${pins.join(',\n')});

${TRUST_MANAGER}
  static HttpClient pinnedClient() throws GeneralSecurityException {
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(null, new TrustManager[] {new PinnedKey()}, null);
    return HttpClient.newBuilder().sslContext(context).build();
  }

  public static void main(String[] args) throws GeneralSecurityException, InterruptedException {
    HttpRequest request = HttpRequest.newBuilder(URI.create("https://${formatAuthority(subject.server)}/")).build();
    try {
      System.out.print(pinnedClient().send(request, HttpResponse.BodyHandlers.ofString()).body());
    } catch (java.io.IOException e) {
      System.err.println(e);
      System.exit(1);
    }
  }
}
`;
}

const TRUST_MANAGER = String.raw`  /** The extended kind: to a plain X509TrustManager Java adds a check of the host's name. */
  static class PinnedKey extends X509ExtendedTrustManager {
    @Override public void checkServerTrusted(X509Certificate[] chain, String authType) throws CertificateException {
      String found;
      try {
        byte[] digest = MessageDigest.getInstance("SHA-256").digest(chain[0].getPublicKey().getEncoded());
        found = Base64.getEncoder().encodeToString(digest);
      } catch (GeneralSecurityException e) {
        throw new CertificateException(e);
      }
      if (!PINS.contains(found)) throw new CertificateException("the server's key is not the pinned one: " + found);
    }

    @Override public void checkServerTrusted(X509Certificate[] chain, String authType, Socket socket)
        throws CertificateException {
      checkServerTrusted(chain, authType);
    }

    @Override public void checkServerTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
        throws CertificateException {
      checkServerTrusted(chain, authType);
    }

    @Override public void checkClientTrusted(X509Certificate[] chain, String authType) throws CertificateException {
      throw new CertificateException("no clients here");
    }

    @Override public void checkClientTrusted(X509Certificate[] chain, String authType, Socket socket)
        throws CertificateException {
      checkClientTrusted(chain, authType);
    }

    @Override public void checkClientTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
        throws CertificateException {
      checkClientTrusted(chain, authType);
    }

    @Override public X509Certificate[] getAcceptedIssuers() {
      return new X509Certificate[0];
    }
  }
`;

/** For OkHttp 3, 4 and 5. With what can stand as an anchor it carries it; else the machine's own trust is what the pin comes on top of. */
export function formatOkHttpProgram(subject: PinSubject): string {
  const anchorPem = findAnchorPem(subject);
  return anchorPem === undefined ? formatPinnedTrust(subject) : formatPinnedAnchor(subject, anchorPem);
}

/** A leaf that a CA signed is no anchor to OkHttp: it looks for who signed it. */
function findAnchorPem({ certificate, roles }: PinSubject): string | undefined {
  if (certificate === undefined) return undefined;
  return certificate.isSelfSigned || roles[0] === 'ca' ? formatPem('CERTIFICATE', certificate.certDer) : undefined;
}

const formatPinnedAnchor = (
  subject: PinSubject,
  anchorPem: string,
): string => String.raw`// OkHttp's pins come on top of CA and host name, so the certificate stands here as well, as the only one that is trusted.
// A trust manager that lets everybody in, which most recipes add, is no way: with it no server matches the pins.
// Checked: the host's name, the pins, and the dates of all certificates but this one. Take a new one in here when its key changes.
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;
${OKHTTP_IMPORTS}
public class PinnedOkHttp {
${formatOkHttpConstants(subject)}
  static final String CERTIFICATE =
${formatJavaText(anchorPem)};

  static OkHttpClient pinnedClient() throws GeneralSecurityException, IOException {
    KeyStore anchors = KeyStore.getInstance(KeyStore.getDefaultType());
    anchors.load(null, null);
    anchors.setCertificateEntry("pinned", CertificateFactory.getInstance("X.509")
        .generateCertificate(new ByteArrayInputStream(CERTIFICATE.getBytes(StandardCharsets.US_ASCII))));
    TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    factory.init(anchors);
    X509TrustManager trust = (X509TrustManager) factory.getTrustManagers()[0];
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(null, factory.getTrustManagers(), null);
    return new OkHttpClient.Builder()
        .sslSocketFactory(context.getSocketFactory(), trust)
        .certificatePinner(new CertificatePinner.Builder().add(HOST, PINS).build())
        .followRedirects(false)
        .build();
  }

${formatOkHttpMain(subject, 'IOException | GeneralSecurityException')}`;

const formatPinnedTrust = (
  subject: PinSubject,
): string => String.raw`// OkHttp's pins come on top of CA and host name: the server's certificate must come from a CA that this Java trusts already.
// For a private CA or a self-signed server, make this text from that certificate: then it carries what to trust.
import java.io.IOException;
${OKHTTP_IMPORTS}
public class PinnedOkHttp {
${formatOkHttpConstants(subject)}

  static OkHttpClient pinnedClient() {
    return new OkHttpClient.Builder()
        .certificatePinner(new CertificatePinner.Builder().add(HOST, PINS).build())
        .followRedirects(false)
        .build();
  }

${formatOkHttpMain(subject, 'IOException')}`;

const OKHTTP_IMPORTS = `import okhttp3.CertificatePinner;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.Response;
`;

function formatOkHttpConstants(subject: PinSubject): string {
  const { host } = subject.server;
  const pins = spkiPins(subject).map((digest) => `      "${sha256Slash(digest)}"`);
  return `  /** A pattern: *.example.test takes in one level of names, and not example.test itself. */
  static final String HOST = "${host.includes(':') ? `[${host}]` : host}";
  static final String[] PINS = {
${pins.join(',\n')}};`;
}

function formatJavaText(text: string): string {
  const lines = text.trimEnd().split('\n');
  return lines.map((line) => `      "${line}\\n"`).join(' +\n');
}

const formatOkHttpMain = (
  { server }: PinSubject,
  faults: string,
): string => String.raw`  public static void main(String[] args) {
    Request request = new Request.Builder().url("https://${formatAuthority(server)}/").build();
    try (Response response = pinnedClient().newCall(request).execute()) {
      System.out.print(response.body().string());
    } catch (${faults} e) {
      System.err.println(e.toString().split("\n", 2)[0]);
      System.exit(1);
    }
  }
}
`;
