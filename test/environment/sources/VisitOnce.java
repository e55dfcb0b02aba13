// One visit over JSSE with the roots Java has by itself: host, address, port, path.
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;

final class VisitOnce {
  public static void main(String[] given) throws Exception {
    int port = Integer.parseInt(given[2]);
    try (Socket plain = new Socket()) {
      plain.connect(new InetSocketAddress(given[1], port), 15_000);
      SSLSocketFactory factory = (SSLSocketFactory) SSLSocketFactory.getDefault();
      SSLSocket secure = (SSLSocket) factory.createSocket(plain, given[0], port, true);
      SSLParameters parameters = secure.getSSLParameters();
      parameters.setEndpointIdentificationAlgorithm("HTTPS");
      secure.setSSLParameters(parameters);
      secure.startHandshake();
      String request = "GET " + given[3] + " HTTP/1.0\r\nHost: " + given[0] + "\r\n\r\n";
      secure.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
      System.out.write(secure.getInputStream().readAllBytes());
      System.out.flush();
    }
  }
}
