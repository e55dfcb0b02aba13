// Beside the printed PinnedOkHttp.java: a careless visit that shares what a client can share, then the pinned ones.
// PIN_CARELESS=context: the same sessions and the same trust, without the pins; else the same pool, and trust in everybody.
import java.security.cert.X509Certificate;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;
import okhttp3.CertificatePinner;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.Response;

public class AgainOkHttp {
  static class Everybody implements X509TrustManager {
    @Override public void checkServerTrusted(X509Certificate[] chain, String type) {}
    @Override public void checkClientTrusted(X509Certificate[] chain, String type) {}
    @Override public X509Certificate[] getAcceptedIssuers() { return new X509Certificate[0]; }
  }

  static OkHttpClient careless(OkHttpClient pinned) throws Exception {
    OkHttpClient.Builder builder = pinned.newBuilder().certificatePinner(CertificatePinner.DEFAULT);
    if ("context".equals(System.getenv("PIN_CARELESS"))) return builder.build();
    SSLContext context = SSLContext.getInstance("TLS");
    Everybody everybody = new Everybody();
    context.init(null, new TrustManager[] {everybody}, null);
    return builder.sslSocketFactory(context.getSocketFactory(), everybody).hostnameVerifier((h, s) -> true).build();
  }

  static String visit(OkHttpClient client, String path, String connection) throws Exception {
    String address = System.getenv("PIN_URL") + path;
    Request request = new Request.Builder().url(address).header("Connection", connection).build();
    try (Response response = client.newCall(request).execute()) {
      return response.body().string();
    }
  }

  public static void main(String[] args) throws Exception {
    OkHttpClient pinned = PinnedOkHttp.pinnedClient();
    OkHttpClient careless = careless(pinned);
    visit(careless, "unpinned", "close");
    visit(careless, "unpinned", "keep-alive");
    System.out.print(visit(pinned, "", "close"));
    System.out.print(visit(pinned, "", "keep-alive"));
    System.exit(0);
  }
}
