// Visits over JSSE with the default PKIX trust manager; see drivers/scripted.ts for the lines it reads and prints.
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;

final class Visit {
  public static void main(String[] arguments) throws Exception {
    SSLContext context = contextFor(Path.of(arguments[0]));
    BufferedReader lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      String[] field = line.split("\t");
      System.out.println(field[0] + "\t" + answer(context, field));
    }
  }

  private static String answer(SSLContext context, String[] field) {
    try {
      String body = visit(context, field);
      return (body.contains("mintmark-client-proof") ? "yes" : "no") + "\t";
    } catch (Exception error) {
      return "no\t" + error.toString().replaceAll("\\s+", " ");
    }
  }

  private static SSLContext contextFor(Path rootFile) throws Exception {
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    try (var pem = Files.newInputStream(rootFile)) {
      store.setCertificateEntry("root", CertificateFactory.getInstance("X.509").generateCertificate(pem));
    }
    TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trust.init(store);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(null, trust.getTrustManagers(), null);
    return context;
  }

  private static String visit(SSLContext context, String[] field) throws Exception {
    int port = Integer.parseInt(field[3]);
    try (Socket plain = new Socket()) {
      plain.connect(new InetSocketAddress(field[2], port), 15_000);
      plain.setSoTimeout(15_000);
      SSLSocket secure = (SSLSocket) context.getSocketFactory().createSocket(plain, field[1], port, true);
      SSLParameters parameters = secure.getSSLParameters();
      parameters.setEndpointIdentificationAlgorithm("HTTPS");
      secure.setSSLParameters(parameters);
      secure.startHandshake();
      String request = "GET " + field[4] + " HTTP/1.0\r\nHost: " + field[1] + "\r\n\r\n";
      secure.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
      return new String(secure.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }
  }
}
