// Beside the printed Pinned.java: a careless visit by way of what the runtime shares, then the pinned ones.
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.security.cert.X509Certificate;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedTrustManager;

public class Again {
  static class Everybody extends X509ExtendedTrustManager {
    @Override public void checkServerTrusted(X509Certificate[] chain, String type) {}
    @Override public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket) {}
    @Override public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}
    @Override public void checkClientTrusted(X509Certificate[] chain, String type) {}
    @Override public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket) {}
    @Override public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}
    @Override public X509Certificate[] getAcceptedIssuers() { return new X509Certificate[0]; }
  }

  static SSLContext careless() throws Exception {
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(null, new TrustManager[] {new Everybody()}, null);
    return context;
  }

  static String visit(HttpClient client, String path) throws Exception {
    URI address = URI.create(System.getenv("PIN_URL") + path);
    return client.send(HttpRequest.newBuilder(address).build(), BodyHandlers.ofString()).body();
  }

  public static void main(String[] args) throws Exception {
    SSLContext.setDefault(careless());
    visit(HttpClient.newHttpClient(), "unpinned");
    HttpClient pinned = Pinned.pinnedClient();
    System.out.print(visit(pinned, ""));
    // A second client of the same context comes back with the session of the first.
    System.out.print(visit(HttpClient.newBuilder().sslContext(pinned.sslContext()).build(), ""));
  }
}
