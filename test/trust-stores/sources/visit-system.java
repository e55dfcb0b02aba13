// Asks for each URL with whatever roots this Java finds by itself: a line `yes` or `no REASON` for each.
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;

final class VisitSystem {
  public static void main(String[] urls) throws Exception {
    HttpClient client = HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(15)).build();
    for (String url : urls) {
      try {
        HttpRequest request = HttpRequest.newBuilder(URI.create(url)).timeout(Duration.ofSeconds(15)).build();
        System.out.println(client.send(request, HttpResponse.BodyHandlers.ofString()).body());
      } catch (Exception error) {
        System.err.println(error);
        System.exit(1);
      }
    }
  }
}
